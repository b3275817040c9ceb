"""Schedules without training."""

import math

import cv2
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from tiny import runner_config, tiny_model

from spidepth_mm.apis.schedules import iterations_per_epoch, schedule_curves
from tools.visualization.vis_scheduler import main

LINEAR = dict(type='LinearLR', start_factor=0.1, end=6, by_epoch=False)
COSINE = dict(type='CosineAnnealingLR', eta_min=0, begin=6, end=10, by_epoch=False)


def config_of(**changes):
    init_default_scope('spidepth_mm')
    return Config(dict(dict(
        model=tiny_model(), train_dataloader=dict(batch_size=2),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=10),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3)),
        param_scheduler=[LINEAR, COSINE]), **changes))


def test_the_curve_is_the_runs(make_runner_curve):
    cfg, used = make_runner_curve
    curve, = schedule_curves(cfg).values()
    assert curve == pytest.approx(used, rel=1e-12)
    assert len(set(used)) > 1


@pytest.fixture
def make_runner_curve(tmp_path):
    """A config and the learning rates that a Runner used."""
    from mmengine.hooks import Hook
    from mmengine.runner import Runner
    from tiny import write_odometry

    class Watch(Hook):
        def __init__(self):
            self.used = []

        def before_train_iter(self, runner, batch_idx, data_batch=None):
            self.used += runner.optim_wrapper.get_lr()['lr']

    cfg = Config(runner_config(
        write_odometry(tmp_path / 'data'), tmp_path / 'run', max_iters=8, experiment_name='curve',
        param_scheduler=[dict(LINEAR, end=4), dict(COSINE, begin=4, end=8)],
        default_hooks=dict(checkpoint=None, logger=None)))
    runner = Runner.from_cfg(cfg)
    runner.model.train_step = lambda data, optim_wrapper: {}
    watch = Watch()
    runner.register_hook(watch)
    runner.train()
    return cfg, watch.used


def test_weights_that_are_treated_alike_share_a_curve():
    cfg = config_of()
    cfg.optim_wrapper.paramwise_cfg = dict(custom_keys=dict(pose_net=dict(lr_mult=2.0)))
    slow, fast = schedule_curves(cfg).items()
    assert slow[0].startswith('backbone, neck, head (')
    assert fast[0].startswith('pose_net (')
    assert fast[1] == pytest.approx([2 * value for value in slow[1]])
    assert slow[1][0] == pytest.approx(1e-4)
    assert max(slow[1]) == pytest.approx(1e-3)
    assert slow[1][8] == pytest.approx(1e-3 * (1 + math.cos(math.pi / 2)) / 2)


def test_schedules_by_epoch():
    cfg = config_of(
        train_cfg=dict(by_epoch=True, max_epochs=3),
        param_scheduler=dict(type='MultiStepLR', milestones=[1, 2], gamma=0.1))
    epoch = iterations_per_epoch(cfg, dataset_size=15, num_gpus=2)
    assert epoch == 4
    curve, = schedule_curves(cfg, epoch=epoch).values()
    assert curve == pytest.approx([1e-3] * 4 + [1e-4] * 4 + [1e-5] * 4)


def test_schedules_by_epoch_that_step_each_iteration():
    cfg = config_of(train_cfg=dict(by_epoch=True, max_epochs=2), param_scheduler=[
        dict(type='LinearLR', start_factor=0.5, end=2, by_epoch=True, convert_to_iter_based=True)])
    curve, = schedule_curves(cfg, epoch=4).values()
    assert len(curve) == 8
    assert curve == sorted(curve)
    assert len(set(curve)) == 8


def test_momentum_is_beta_of_adam():
    cfg = config_of(param_scheduler=dict(
        type='OneCycleLR', eta_max=1e-2, total_steps=10, by_epoch=False))
    assert all(value == 0.9 for value in next(iter(schedule_curves(cfg, 'momentum').values())))
    with pytest.raises(ValueError, match="Unknown parameter 'x'"):
        schedule_curves(cfg, 'x')
    cfg.optim_wrapper.optimizer = dict(type='Adagrad', lr=1e-3)
    with pytest.raises(ValueError, match='has no momentum; it has lr'):
        schedule_curves(cfg, 'momentum')


def test_iterations_alone_need_no_data():
    assert iterations_per_epoch(config_of()) is None


@pytest.mark.parametrize(('arguments', 'message'), [
    (dict(dataset_size=0), 'dataset size must be positive, got 0'),
    (dict(num_gpus=0), 'number of GPUs must be positive, got 0')])
def test_bad_numbers(arguments, message):
    with pytest.raises(ValueError, match=message):
        iterations_per_epoch(config_of(), **arguments)


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / 'config.py'
    Config(dict(config_of()._cfg_dict.to_dict(), default_scope='spidepth_mm')).dump(path)
    return str(path)


def test_the_tool_writes_the_figure(config_file, tmp_path, capsys):
    out = tmp_path / 'new' / 'lr.png'
    main([config_file, '-s', str(out), '--not-show', '--cfg-options', 'train_cfg.max_iters=12'])
    assert cv2.imread(str(out)).std() > 1
    assert '0.0001 at first, 0.001 at most' in capsys.readouterr().out


def test_a_config_without_training_is_one_message(config_file, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([config_file, '--not-show', '--cfg-options', 'train_cfg=None'])
    assert stopped.value.code == 1
    assert 'no training loop' in capsys.readouterr().err
