"""Weights shared out over processes: what can be tested without GPUs."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import STRATEGIES
from mmengine.runner import FlexibleRunner
from tiny import tiny_model

from spidepth_mm.apis import init_model
from spidepth_mm.apis.distributed import process_group
from spidepth_mm.apis.training import build_runner
from spidepth_mm.engine import FSDPStrategy
from spidepth_mm.models import SelfSupDepthEstimator
from spidepth_mm.utils.checkpoint import check_fits, read_checkpoint

CONFIG = Path(__file__).parents[2] / 'configs' / 'spidepth' / 'kitti_fsdp.py'


class KeepLosses(Hook):

    def before_train(self, runner):
        self.losses = []
        for module in runner.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.
            elif isinstance(module, torch.nn.MultiheadAttention):
                module.dropout = 0.

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.losses.append(outputs['loss'].item())


def draw_weights(model):
    """The two Runners draw first weights at different times, so these are drawn apart."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.1, generator=generator)


def train(cfg):
    Config.pretty_text = 'model = None\n'
    SelfSupDepthEstimator.init_weights = draw_weights
    with process_group(cfg):
        runner = build_runner(cfg)
        kept = KeepLosses()
        runner.register_hook(kept)
        runner.train()
        return type(runner).__name__, sum(p.numel() for p in runner.model.parameters()), kept.losses


@pytest.fixture
def settings():
    model = tiny_model()
    model['neck']['norm_cfg'] = dict(type='GN', num_groups=2)
    checkpoint = dict(type='CheckpointHook', by_epoch=False, interval=1)
    return dict(model=model, max_iters=3, env_cfg=dict(),
                custom_hooks=[dict(type='PlainCheckpointHook')],
                test_cfg=None, test_dataloader=None,
                test_evaluator=None, default_hooks=dict(checkpoint=checkpoint))


@pytest.fixture
def sharded(settings):
    strategy = Config.fromfile(CONFIG).strategy
    strategy.model_wrapper.auto_wrap_policy.min_num_params = 2000
    return dict(settings, runner_type='FlexibleRunner', strategy=strategy)


def test_a_checkpoint_is_whole_and_resumed(in_processes, make_config, sharded, tmp_path):
    """The weights and the optimiser's state, gathered in one file and shared out again."""
    # Adam would divide rounding errors by themselves.
    sharded['optim_wrapper'] = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9))
    whole = in_processes(train, make_config('whole', **sharded))
    in_processes(train, make_config('killed', **dict(sharded, max_iters=2)))
    resumed = in_processes(train, make_config('killed', resume=True, **sharded))
    for (*_, losses), (*_, expected) in zip(resumed, whole):
        assert losses == pytest.approx(expected[2:], rel=1e-5)
    before, expected, found = (read_checkpoint(tmp_path / name) for name in (
        'killed/iter_2.pth', 'whole/iter_3.pth', 'killed/iter_3.pth'))
    check_fits(init_model(Config(dict(model=sharded['model']))), found, 'iter_3.pth')
    before, expected, found = (
        torch.cat([value.flatten() for value in content['state_dict'].values()])
        for content in (before, expected, found))
    # The kernels of a first iteration round otherwise; without the momentum it is 0.9.
    assert (found - expected).norm() < 0.02 * (expected - before).norm()


def test_the_losses_are_those_of_whole_copies(in_processes, make_config, settings, sharded):
    whole = in_processes(train, make_config('ddp', **settings))
    shared = in_processes(train, make_config('fsdp', **sharded))
    for rank in (0, 1):
        assert whole[rank][0] == 'Runner'
        assert shared[rank][0] == 'FlexibleRunner'
        assert shared[rank][1] < 0.7 * whole[rank][1]  # this process holds a part
        assert shared[rank][2] == pytest.approx(whole[rank][2], rel=1e-4)


def test_the_config_builds_its_runner(make_config, monkeypatch):
    """All of it but the processes and the data, with the model in small."""
    monkeypatch.setattr(FlexibleRunner, '__init__', lambda self, **settings: vars(self).update(
        settings))
    cfg = Config.fromfile(CONFIG)
    cfg.work_dir = 'unused'
    runner = build_runner(cfg)
    assert type(runner) is FlexibleRunner
    assert STRATEGIES.get(runner.strategy['type']) is FSDPStrategy
    assert runner.train_cfg['max_iters'] == 20 * (39810 // 4)
