"""A worker of a data loader dies, as when the memory is full."""

import os
import signal
import sys

import pytest
from mmengine.config import Config
from tiny import runner_config, write_odometry

from spidepth_mm.registry import TRANSFORMS
from tools import train as train_tool


@pytest.fixture
def deadly_transform():
    """A transform that kills the process that it runs in, at the second sample."""
    name = 'KillOwnProcess'

    @TRANSFORMS.register_module(name=name)
    class KillOwnProcess:
        calls = 0

        def __call__(self, results):
            type(self).calls += 1
            if self.calls > 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return results

    yield name
    TRANSFORMS._module_dict.pop(name)


def test_a_killed_worker_is_reported_with_what_to_do(
        deadly_transform, tmp_path, monkeypatch, capsys):
    cfg = runner_config(write_odometry(tmp_path / 'data', num_frames=6), tmp_path / 'run',
                        num_workers=1)
    pipeline = cfg['train_dataloader']['dataset']['pipeline']
    pipeline.insert(1, dict(type=deadly_transform))
    Config(cfg).dump(tmp_path / 'config.py')
    monkeypatch.setenv('LOCAL_RANK', '0')
    monkeypatch.setattr(sys, 'argv', ['train.py', str(tmp_path / 'config.py'), '--no-validate'])
    with pytest.raises(SystemExit) as stopped:
        train_tool.main()
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert 'DataLoader worker' in said
    assert 'is killed by signal: Killed' in said
    assert 'lower num_workers' in said
    assert 'Traceback' not in said
