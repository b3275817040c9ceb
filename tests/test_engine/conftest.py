"""A Runner of a few iterations on a few small images."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, List

import pytest
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from tiny import runner_config, write_odometry


class KeepLosses(Hook):
    """Keep what a run logs, in order."""

    def __init__(self) -> None:
        self.losses: List[float] = []

    def before_train(self, runner) -> None:
        self.batches = runner.train_loop.dataloader_iterator._iterator

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.losses.append(outputs['loss'].item())

    def after_train(self, runner) -> None:
        # A runner is a reference cycle, and torch waits 5 s for each worker of a loader that is
        # collected with one.
        if hasattr(self.batches, '_shutdown_workers'):
            self.batches._shutdown_workers()


@pytest.fixture
def odometry(tmp_path: Path) -> Path:
    return write_odometry(tmp_path / 'data')


@pytest.fixture
def make_runner(odometry: Path, tmp_path: Path,
                monkeypatch: pytest.MonkeyPatch) -> Callable[..., Runner]:
    """``make_runner('run', max_iters=4, ...)`` -> a Runner; see :func:`tiny.runner_config`.

    Its losses are kept in ``runner.kept.losses``.
    """
    # Its formatting, once for each checkpoint, would take most of the time.
    monkeypatch.setattr(Config, 'pretty_text', 'model = None\n')
    count = 0

    def make(name: str = 'run', **kwargs) -> Runner:
        nonlocal count
        count += 1
        # mmengine keeps loggers and message hubs by this name.
        cfg = runner_config(odometry, tmp_path / name, experiment_name=f'{name}_{count}', **kwargs)
        runner = Runner.from_cfg(Config(cfg))
        runner.kept = KeepLosses()
        runner.register_hook(runner.kept)
        return runner

    return make
