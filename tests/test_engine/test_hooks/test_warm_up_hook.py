"""Settings that differ while training begins."""

from types import SimpleNamespace

import pytest
from mmengine.hooks import Hook
from tiny import tiny_model

from spidepth_mm.engine import WarmUpHook
from spidepth_mm.registry import MODELS

SETTINGS = [dict(field='active_offsets', value=('s', ), until=2),
            dict(field='losses.0.auto_mask', value=False, until=3)]


class Watch(Hook):
    """Keep what the settings were in each iteration."""

    priority = 'LOWEST'

    def __init__(self):
        self.seen = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.seen.append((runner.iter, runner.model.active_offsets,
                          runner.model.losses[0].auto_mask))


@pytest.fixture
def watched(make_runner):
    def make(*args, **kwargs):
        runner = make_runner(*args, custom_hooks=[
            dict(type='WarmUpHook', settings=SETTINGS), dict(type='PlainCheckpointHook')], **kwargs)
        runner.watch = Watch()
        runner.register_hook(runner.watch)
        return runner

    return make


def test_settings_hold_until_their_iteration(watched):
    runner = watched(max_iters=4)
    runner.train()
    assert runner.watch.seen == [
        (0, ('s', ), False), (1, ('s', ), False), (2, None, False), (3, None, True)]


def test_a_resumed_run_goes_on_where_it_was(watched):
    whole = watched('whole', max_iters=4)
    whole.train()
    watched('killed', max_iters=1).train()
    resumed = watched('killed', max_iters=4, resume=True)
    resumed.train()
    assert resumed.watch.seen == whole.watch.seen[1:]
    assert resumed.kept.losses == whole.kept.losses[1:]


def test_the_configured_values_are_there_in_the_end(watched):
    runner = watched(max_iters=1)
    runner.train()
    assert runner.model.active_offsets is None
    assert runner.model.losses[0].auto_mask is True


@pytest.mark.parametrize('field', [
    'nothing', 'losses.0.nothing', 'losses.9.auto_mask', 'nothing.0.auto_mask', 'loss.0.auto_mask',
    'nothing.auto_mask'])
def test_a_field_must_exist(default_scope, field):
    runner = SimpleNamespace(model=MODELS.build(tiny_model()))
    with pytest.raises(ValueError, match=rf"has no attribute '{field}'"):
        WarmUpHook([dict(field=field, value=1, until=2)]).before_train(runner)


def test_callers_settings_are_not_changed(default_scope):
    settings = [dict(setting) for setting in SETTINGS]
    WarmUpHook(settings)
    assert settings == SETTINGS
