"""NaN and infinity stay out of the weights."""

import math
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from spoilt_losses import CPUScaledOptimWrapper, Spoil, same

from spidepth_mm.engine import NonFiniteGuardHook
from spidepth_mm.engine.hooks.non_finite_guard_hook import forget_non_finite
from spidepth_mm.models.estimators import NonFiniteLossError
from spidepth_mm.registry import OPTIM_WRAPPERS
from spidepth_mm.utils.checkpoint import read_checkpoint

GUARD = dict(type='NonFiniteGuardHook')
PLAIN = dict(type='PlainCheckpointHook')
ADAM = dict(type='Adam', lr=1e-3)


class SkipBySelf(Hook):
    """The plain way to skip: set everything back after a step that should not have been."""

    def __init__(self, iters):
        self.iters = iters

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter in self.iters:
            self.step, runner.optim_wrapper.optimizer.step = (
                runner.optim_wrapper.optimizer.step, lambda: None)
            self.buffers = [b.clone() for b in runner.model.buffers()]

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter in self.iters:
            runner.optim_wrapper.optimizer.step = self.step
            for buffer, before in zip(runner.model.buffers(), self.buffers):
                buffer.copy_(before)


def train(make_runner, name, hooks, guard=GUARD, **kwargs):
    # A checkpoint of each iteration would take most of the time.
    kwargs.setdefault('default_hooks', dict(
        checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=100)))
    runner = make_runner(name, custom_hooks=[PLAIN] + [guard] * bool(guard), **kwargs)
    for hook in hooks:
        runner.register_hook(hook)
    runner.train()
    return runner


@pytest.fixture(autouse=True)
def scaled_wrapper():
    OPTIM_WRAPPERS.register_module(module=CPUScaledOptimWrapper)
    yield
    OPTIM_WRAPPERS.module_dict.pop('CPUScaledOptimWrapper')


ONE_CYCLE = [dict(type='OneCycleLR', eta_max=1e-3, total_steps=6, by_epoch=False)]


@pytest.mark.parametrize(('kind', 'wrapper', 'changes'), [
    ('nan', dict(type='OptimWrapper', optimizer=ADAM), {}),
    ('constant inf', dict(type='OptimWrapper', optimizer=dict(ADAM, fused=True)), {}),
    ('gradient', dict(type='OptimWrapper', optimizer=ADAM, clip_grad=dict(max_norm=1.)), {}),
    ('input', dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)),
     dict(param_scheduler=ONE_CYCLE)),
    ('nan', dict(type='CPUAmpOptimWrapper', optimizer=ADAM), {}),
    ('constant inf', dict(type='CPUScaledOptimWrapper', optimizer=ADAM), {}),
    ('nan', dict(type='CPUScaledOptimWrapper', optimizer=ADAM, clip_grad=dict(max_norm=1.)), {}),
])
def test_weights_are_those_of_a_run_without_these_steps(make_runner, kind, wrapper, changes):
    spoil = Spoil({1, 3}, kind)
    runner = train(make_runner, 'spoilt', [spoil], optim_wrapper=wrapper, max_iters=5, **changes)
    for bad in (1, 3):
        assert same(spoil.states[bad], spoil.states[bad - 1])
        assert not same(spoil.states[bad + 1], spoil.states[bad])
    assert runner.message_hub.get_info('skipped_steps') == 2
    if 'Scaled' in wrapper['type']:
        return  # the other run's loss scale grows on
    expected = train(make_runner, 'plain', [Spoil(()), SkipBySelf({1, 3})], guard=None,
                     optim_wrapper=wrapper, max_iters=5, **changes)
    assert same(runner.model.state_dict(), expected.model.state_dict())
    assert same(runner.optim_wrapper.state_dict()['state'],
                expected.optim_wrapper.state_dict()['state'])
    assert runner.optim_wrapper.get_lr() == expected.optim_wrapper.get_lr()


@pytest.mark.parametrize('wrapper', ['OptimWrapper', 'CPUScaledOptimWrapper'])
@pytest.mark.parametrize('bad', [2, 3])
def test_accumulated_gradients_are_skipped_together(make_runner, bad, wrapper):
    spoil = Spoil({bad})
    train(make_runner, 'spoilt', [spoil], max_iters=6, optim_wrapper=dict(
        type=wrapper, optimizer=ADAM, accumulative_counts=2))
    states = spoil.states
    assert not same(states[1][0], states[0][0])
    assert same(states[3], states[1])
    assert not same(states[5][0], states[3][0])


def test_a_run_without_such_steps_is_not_changed(make_runner):
    guarded = train(make_runner, 'guarded', [Spoil(())], max_iters=3)
    free = train(make_runner, 'free', [Spoil(())], guard=None, max_iters=3)
    assert guarded.kept.losses == free.kept.losses
    assert same(guarded.model.state_dict(), free.model.state_dict())
    assert 'skipped_steps' not in guarded.message_hub.runtime_info


def test_a_resumed_run_goes_on_and_counts_on(make_runner, tmp_path):
    whole = train(make_runner, 'whole', [Spoil({1, 3})], max_iters=5)
    hooks = dict(checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=5))
    train(make_runner, 'killed', [Spoil({1, 3})], max_iters=2, default_hooks=hooks)
    # The poison has no weights, so that the checkpoint fits.
    resumed = train(
        make_runner, 'killed', [Spoil({1, 3})], max_iters=5, default_hooks=hooks, resume=True)
    assert same(resumed.model.state_dict(), whole.model.state_dict())
    assert resumed.message_hub.get_info('skipped_steps') == 2
    saved = read_checkpoint(tmp_path / 'killed' / 'iter_5.pth')
    assert all(torch.isfinite(v).all() for v in saved['state_dict'].values())


def test_many_in_a_row_stop_the_training(make_runner, tmp_path, caplog):
    runner = make_runner('stopped', max_iters=9, custom_hooks=[
        PLAIN, dict(GUARD, max_in_a_row=3)])
    runner.register_hook(Spoil({1, 2, 4, 5, 6}))
    with pytest.raises(NonFiniteLossError) as error:
        runner.train()
    assert runner.iter == 6
    message = str(error.value)
    assert message.startswith('3 optimiser steps in a row were skipped')
    assert 'loss_odd is not finite for the batch' in message
    assert 'image_2' in message
    assert 'Usual causes' in message
    good, last = (read_checkpoint(tmp_path / 'stopped' / f'iter_{i}.pth') for i in (4, 6))
    assert same(good['state_dict'], last['state_dict'])
    assert all(torch.isfinite(v).all() for v in last['state_dict'].values())
    assert same(runner.model.state_dict(), last['state_dict'])


def test_the_message_names_the_gradient(make_runner):
    runner = make_runner('named', max_iters=2, custom_hooks=[dict(GUARD, max_in_a_row=1)])
    runner.register_hook(Spoil({0}, 'gradient'))
    with pytest.raises(NonFiniteLossError, match=r'the gradient of backbone\.\S+ and \d+ more'):
        runner.train()


def test_the_log_keeps_to_what_is_finite(make_runner):
    log_processor = dict(type='LogProcessor', window_size=10, by_epoch=False)
    runner = train(make_runner, 'logged', [Spoil({0, 2})], max_iters=4, log_processor=log_processor)
    for name in ('train/loss', 'train/loss_odd', 'train/loss_photometric'):
        values, _ = runner.message_hub.get_scalar(name).data
        assert torch.isfinite(torch.as_tensor(values)).all()
    assert len(runner.message_hub.get_scalar('train/loss').data[0]) == 2


def test_only_what_is_not_finite_is_forgotten():
    def buffer(*values):
        made = HistoryBuffer(max_length=7)
        for count, value in enumerate(values, 1):
            made.update(value, count)
        return made

    untouched = buffer(1., math.nan)
    scalars = {'train/loss': buffer(1., math.nan, 3.), 'train/odd': buffer(math.inf),
               'val/rmse': untouched}
    forget_non_finite(scalars)
    assert list(scalars) == ['train/loss', 'val/rmse']
    values, counts = scalars['train/loss'].data
    assert (list(values), list(counts)) == ([1., 3.], [1, 3])
    assert scalars['train/loss'].max_length == 7
    assert scalars['val/rmse'] is untouched


def test_the_estimator_guards_itself_again_afterwards(make_runner):
    runner = train(make_runner, 'after', [], max_iters=1)
    assert runner.model.stop_on_non_finite_loss
    assert not runner.model._forward_hooks
    assert not runner.optim_wrapper.optimizer._optimizer_step_pre_hooks


def test_bad_argument():
    with pytest.raises(ValueError, match='max_in_a_row must be at least 1, got 0'):
        NonFiniteGuardHook(max_in_a_row=0)


def test_the_guard_is_on_by_default():
    root = Path(__file__).resolve().parents[3]
    hooks = Config.fromfile(root / 'configs' / '_base_' / 'default_runtime.py').default_hooks
    assert hooks.non_finite_guard.type == 'NonFiniteGuardHook'
    assert hooks.diagnostics.type == 'TrainingDiagnosticsHook'
