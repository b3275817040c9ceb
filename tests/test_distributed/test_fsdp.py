"""Weights shared out over processes: what can be tested without GPUs."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import FlexibleRunner
from tiny import tiny_model

from spidepth_mm.apis.distributed import process_group
from spidepth_mm.apis.training import build_runner
from spidepth_mm.models import SelfSupDepthEstimator

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
    # torch cannot gather a full checkpoint from CPUs: it crashes.
    checkpoint = dict(type='CheckpointHook', by_epoch=False, interval=1000, save_last=False)
    return dict(model=model, max_iters=3, env_cfg=dict(), custom_hooks=[],
                test_cfg=None, test_dataloader=None,
                test_evaluator=None, default_hooks=dict(checkpoint=checkpoint))


def test_the_losses_are_those_of_whole_copies(in_processes, make_config, settings):
    strategy = Config.fromfile(CONFIG).strategy
    strategy.model_wrapper.auto_wrap_policy.min_num_params = 2000
    whole = in_processes(train, make_config('ddp', **settings))
    shared = in_processes(train, make_config(
        'fsdp', runner_type='FlexibleRunner', strategy=strategy, **settings))
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
    assert runner.strategy['type'] == 'FSDPStrategy'
    assert runner.train_cfg['max_iters'] == 20 * (39810 // 4)
