"""Two processes are one with twice the batch."""

import time
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.dist import all_reduce, get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner
from tiny import runner_config, tiny_model

from spidepth_mm.apis.distributed import process_group
from spidepth_mm.apis.training import prepare_training_config
from spidepth_mm.engine import BatchNormSyncHook


class NoDropout(Hook):
    """The transformer's dropout is drawn by each process for itself."""

    def before_train(self, runner):
        for module in runner.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.
            elif isinstance(module, torch.nn.MultiheadAttention):
                module.dropout = 0.


class KeepLosses(Hook):

    def __init__(self):
        self.losses = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.losses.append(outputs['loss'].item())


def train(cfg):
    """Its losses in this process."""
    Config.pretty_text = 'model = None\n'  # formatting it takes most of the time
    with process_group(cfg):
        runner = Runner.from_cfg(cfg)
        kept = KeepLosses()
        runner.register_hook(kept)
        runner.train()
        return kept.losses


def measure(cfg):
    with process_group(cfg):
        return Runner.from_cfg(cfg).test()


class KeepMetrics(Hook):

    def after_val_epoch(self, runner, metrics=None):
        self.metrics = metrics


def validate(cfg):
    """Metrics after the last iteration, in this process."""
    Config.pretty_text = 'model = None\n'
    with process_group(cfg):
        runner = Runner.from_cfg(cfg)
        kept = KeepMetrics()
        runner.register_hook(kept)
        runner.train()
        return kept.metrics


def weights(path):
    return torch.load(path, weights_only=True)['state_dict']


def equal_settings(batch_size, data):
    """A batch's loss that is the mean over its images: no batch statistics, nothing drawn."""
    model = tiny_model()
    model['neck']['norm_cfg'] = dict(type='GN', num_groups=2)
    loader = dict(data.train_dataloader, batch_size=batch_size)
    loader['dataset']['pipeline'] = [dict(type='LoadFrames'), dict(type='PackDepthInputs')]
    return dict(
        model=model, train_dataloader=loader,
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1)),
        param_scheduler=[],
        custom_hooks=[dict(type='PlainCheckpointHook'), dict(type=NoDropout)])


@pytest.fixture
def pretty(monkeypatch):
    monkeypatch.setattr(Config, 'pretty_text', 'model = None\n')


def test_two_processes_are_one_with_twice_the_batch(in_processes, make_config, tmp_path, pretty):
    single = train(make_config('single', launcher='none', max_iters=3,
                               **equal_settings(2, make_config('x'))))
    both = in_processes(train, make_config('double', max_iters=3,
                                           **equal_settings(1, make_config('x'))))
    mean = [(a + b) / 2 for a, b in zip(*both)]
    assert both[0] != both[1]
    assert mean == pytest.approx(single, rel=1e-5)
    expected = weights(tmp_path / 'single' / 'iter_3.pth')
    found = weights(tmp_path / 'double' / 'iter_3.pth')
    moved = 0
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-6)
        start = weights(tmp_path / 'single' / 'iter_1.pth')[name]
        moved += not torch.allclose(value, start, rtol=1e-4, atol=1e-6)
    assert moved > 20  # else there was nothing to compare


def test_metrics_are_those_of_one_process_and_only_the_first_one_writes(
        in_processes, make_config, tmp_path, pretty):
    changes = dict(train_cfg=None, train_dataloader=None, optim_wrapper=None,
                   param_scheduler=None, custom_hooks=[])
    changes['model'] = dict(tiny_model(), init_cfg=dict(type='Constant', layer='Conv2d', val=0.01))
    expected = measure(make_config('single', launcher='none', **changes))
    found = in_processes(measure, make_config('double', **changes))
    timing = ('time', 'data_time')
    for metrics in (expected, *found):
        assert metrics['num_images'] == 7
        assert {k: v for k, v in metrics.items() if k not in timing} == pytest.approx(
            {k: v for k, v in expected.items() if k not in timing})
    logs = {name: sorted(path.suffix for path in (tmp_path / name).rglob('*') if path.is_file())
            for name in ('single', 'double')}
    assert logs['double'] == logs['single']


@pytest.fixture
def one_image_each(make_config):
    """Batches of one image a process, so that the processes' statistics differ, with a validation
    in the end."""

    def make(name, **changes):
        plain = Config(runner_config('unused', 'unused'))
        loader = dict(make_config('x').train_dataloader, batch_size=1)
        return make_config(
            name, max_iters=3, val_interval=3, train_dataloader=loader, val_cfg=dict(),
            val_dataloader=make_config('x').test_dataloader, val_evaluator=plain.val_evaluator,
            **changes)

    return make


def test_validation_is_of_the_model_that_is_saved(
        in_processes, one_image_each, tmp_path, pretty):
    hooks = [dict(type='PlainCheckpointHook'), dict(type='StrictLoadHook'),
             dict(type='BatchNormSyncHook')]
    found = in_processes(validate, one_image_each('double', custom_hooks=hooks))
    assert found[0] == found[1]
    saved = one_image_each('single', launcher='none',
                           load_from=str(tmp_path / 'double' / 'iter_3.pth'))
    expected = measure(saved)
    for name in ('abs_rel', 'rmse', 'a1'):
        assert found[0][name] == pytest.approx(expected[name], rel=1e-6)


def average_statistics():
    with process_group(Config(dict(launcher='pytorch'))):
        frozen = torch.nn.BatchNorm2d(1).eval()
        model = torch.nn.Sequential(torch.nn.BatchNorm2d(1), torch.nn.BatchNorm2d(
            1, track_running_stats=False), torch.nn.BatchNorm1d(1), frozen)
        for layer, scale in ((model[0], 1.), (model[2], 10.), (frozen, 5.)):
            layer.running_mean.fill_(scale * (1 + get_rank()))
            layer.running_var.fill_(scale * (3 + get_rank()))
        hook, runner = BatchNormSyncHook(), SimpleNamespace(model=model)
        hook.before_val(runner)  # nothing was trained since the weights were loaded
        untouched = model[0].running_mean.item()
        hook.after_train_iter(runner, 0)
        hook.before_checkpoint_of_all_processes(runner)
        return untouched, [layer.running_mean.item() for layer in (model[0], model[2], frozen)], [
            layer.running_var.item() for layer in (model[0], model[2])]


def test_statistics_are_averaged(in_processes):
    first, second = in_processes(average_statistics)
    assert first == (1., [1.5, 15., 5.], [3.5, 35.])
    assert second == (2., [1.5, 15., 10.], [3.5, 35.])


@pytest.mark.parametrize('randomness', [dict(seed=3), dict(seed=3, diff_rank_seed=True)])
def test_each_process_continues_with_its_own_random_numbers(
        in_processes, make_config, tmp_path, pretty, randomness):
    settings = dict(randomness=randomness, custom_hooks=[
        dict(type='PlainCheckpointHook'), dict(type='BatchNormSyncHook')])
    # Flips, jitter and dropout are drawn in the processes themselves.
    whole = in_processes(train, make_config('whole', max_iters=4, **settings))
    in_processes(train, make_config('killed', max_iters=2, **settings))
    resumed = in_processes(train, make_config('killed', max_iters=4, resume=True, **settings))
    assert resumed == [losses[2:] for losses in whole]
    expected, found = (
        torch.load(tmp_path / name / 'iter_4.pth', weights_only=True)
        for name in ('whole', 'killed'))
    for name, value in expected['state_dict'].items():
        assert torch.equal(found['state_dict'][name], value)
    (other, ), (found_other, ) = (
        content['random_state_of_other_processes'] for content in (expected, found))
    for name in ('torch', 'numpy', 'python'):
        assert str(other[name]) != str(expected['random_state'][name])
    assert torch.equal(found_other['torch'], other['torch'])
    assert torch.equal(found_other['numpy'][1], other['numpy'][1])
    assert found_other['python'] == other['python']
    # One process can go on with what two have left.
    alone = make_config('killed', launcher='none', max_iters=5, resume=True, **settings)
    assert len(train(alone)) == 1


def test_more_processes_than_before_draw_apart(make_config, monkeypatch):
    from spidepth_mm.engine.hooks import plain_checkpoint_hook as hook
    states, drawn = [hook.random_state()], []
    for rank in (0, 1, 2, 1):
        monkeypatch.setattr(hook, 'get_rank', lambda rank=rank: rank)
        hook.restore_random_state(states)
        drawn.append(torch.rand(3).tolist())
    assert drawn[1] == drawn[3]
    assert len({tuple(numbers) for numbers in drawn}) == 3


def learning_rate(cfg):
    Config.pretty_text = 'model = None\n'
    with process_group(cfg):
        runner = Runner.from_cfg(cfg)
        runner.train()
        return runner.optim_wrapper.get_lr()['lr']


def test_the_learning_rate_follows_the_batch_of_all_processes(in_processes, make_config):
    cfg = make_config('scaled', max_iters=1, param_scheduler=[],
                      auto_scale_lr=dict(base_batch_size=1))
    cfg.train_dataloader.batch_size = 2
    prepare_training_config(cfg, auto_scale_lr=True, validate=False)
    lr = cfg.optim_wrapper.optimizer.lr
    assert in_processes(learning_rate, cfg) == [[pytest.approx(4 * lr)]] * 2


def synchronise(cfg):
    Config.pretty_text = 'model = None\n'
    with process_group(cfg), pytest.raises(ValueError, match='SyncBatchNorm layers only work with'):
        Runner.from_cfg(cfg)


def test_batch_norm_is_synchronised_on_gpus(in_processes, make_config):
    """The flag reaches the model; on processors torch says that it cannot be."""
    in_processes(synchronise, make_config('sync', sync_bn='torch'))


def wait_for_the_other(seconds):
    with process_group(Config(dict(launcher='pytorch', env_cfg=dict(dist_cfg=dict(timeout=1))))):
        if get_rank():
            time.sleep(seconds)
            return 0.
        start = time.monotonic()
        with pytest.raises(RuntimeError, match=r'(?i)timed out'):
            all_reduce(torch.ones(1))
        return time.monotonic() - start


def test_a_process_that_is_silent_is_waited_for_no_longer_than_asked(in_processes):
    waited, _ = in_processes(wait_for_the_other, 4)
    assert 0.9 < waited < 3.5


@pytest.mark.parametrize(('launcher', 'environment', 'message'), [
    ('pytorch', {}, r'RANK, LOCAL_RANK.* is not set. Use tools/dist_train\.sh'),
    ('slurm', {}, r'--launcher slurm needs a GPU for each process'),
])
def test_processes_that_nobody_started(make_config, monkeypatch, launcher, environment, message):
    for name in ('RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(ValueError, match=message), process_group(make_config('x', launcher)):
        pass


def test_more_processes_than_gpus(make_config, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.setenv('SLURM_LOCALID', '2')
    monkeypatch.delenv('LOCAL_RANK', raising=False)
    with pytest.raises(ValueError, match=r'Process 2 .* has no GPU of its own: 2 can be seen'):
        with process_group(make_config('x', 'slurm')):
            pass
