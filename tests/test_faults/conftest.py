"""Training in a process of its own, which may be killed."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from pathlib import Path
from typing import Callable

import pytest
from mmengine.config import Config
from tiny import runner_config, write_odometry

from spidepth_mm.apis.training import build_runner, prepare_training_config


def _train(cfg: Config, errors) -> None:
    Config.pretty_text = 'model = None\n'  # formatting it takes most of the time
    os.environ['LOCAL_RANK'] = '0'
    try:
        prepare_training_config(cfg, resume='auto', validate=False)
        build_runner(cfg).train()
    except BaseException:
        errors.put(traceback.format_exc())
        raise


@pytest.fixture(scope='session')
def odometry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_odometry(tmp_path_factory.mktemp('faults') / 'data')


@pytest.fixture
def start(odometry: Path, tmp_path: Path) -> Callable:
    """``start('run', max_iters=8)`` -> a running process that trains with ``--resume``, and a
    queue of what went wrong. It is forked, so that nothing is imported again."""
    context = multiprocessing.get_context('fork')
    count = 0

    def begin(name: str, **settings):
        nonlocal count
        count += 1
        errors = context.Queue()
        cfg = Config(runner_config(
            odometry, tmp_path / name, experiment_name=f'{name}_{count}', **settings))
        process = context.Process(target=_train, args=(cfg, errors))
        process.start()
        return process, errors

    return begin
