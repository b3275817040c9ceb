"""The disk is full when a checkpoint is written."""

import subprocess
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from tiny import runner_config

from spidepth_mm.utils.checkpoint import CheckpointError
from spidepth_mm.utils.latest_checkpoint import latest_checkpoint


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 3 MB; three checkpoints of the tiny model fit."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', str(folder)],
                             capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f'cannot mount a small disk: {mounted.stderr.strip()}')
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


@pytest.fixture(autouse=True)
def short_config(monkeypatch):
    monkeypatch.setattr(Config, 'pretty_text', 'model = None\n')


class FullDevice(Hook):
    """The third checkpoint goes to a device that is always full."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == 2:
            (Path(runner.work_dir) / 'iter_3.pth.part').symlink_to('/dev/full')


def train(odometry, work_dir, *more_hooks, **changes):
    cfg = runner_config(odometry, work_dir, max_iters=50, val_cfg=None, val_dataloader=None,
                        val_evaluator=None, experiment_name=str(work_dir), **changes)
    cfg['model']['head']['feedforward_channels'] = 2000
    runner = Runner.from_cfg(Config(cfg))
    for hook in more_hooks:
        runner.register_hook(hook)
    with pytest.raises(CheckpointError, match='No space left on device') as error:
        runner.train()
    return str(error.value)


def hooks(keep):
    return dict(default_hooks=dict(
        logger=dict(type='LoggerHook', interval=1000),
        checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1, max_keep_ckpts=keep)))


def usable(folder):
    return sorted(path.name for path in folder.glob('iter_*')
                  if torch.load(path, weights_only=True)['state_dict'])


@pytest.mark.parametrize('keep', [-1, 5])
def test_a_small_disk(odometry, small_disk, keep):
    message = train(odometry, small_disk / 'run', **hooks(keep))
    kept = usable(small_disk / 'run')
    assert kept == [f'iter_{i}.pth' for i in range(1, 1 + len(kept))]
    assert f'Cannot write the checkpoint {small_disk}/run/iter_{len(kept) + 1}.pth' in message
    assert ', '.join(kept) in message
    assert latest_checkpoint(str(small_disk / 'run')).endswith(kept[-1])


def test_a_full_device(odometry, tmp_path):
    message = train(odometry, tmp_path / 'run', FullDevice(), **hooks(keep=1))
    assert usable(tmp_path / 'run') == ['iter_2.pth']
    assert '(iter_2.pth)' in message
