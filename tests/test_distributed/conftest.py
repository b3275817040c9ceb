"""Two processes of one job, on a processor."""

from __future__ import annotations

import multiprocessing
import os
import socket
import traceback
from pathlib import Path
from typing import Any, Callable, List

import pytest
from mmengine.config import Config
from tiny import runner_config, write_odometry


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def _enter(function: Callable, rank: int, world_size: int, port: int, queue, args: tuple) -> None:
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world_size),
                      MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    try:
        queue.put((rank, function(*args), None))
    except BaseException:
        queue.put((rank, None, traceback.format_exc()))


@pytest.fixture
def free_port() -> int:
    return _free_port()


@pytest.fixture
def in_processes() -> Callable[..., List[Any]]:
    """``in_processes(function, *args)`` -> what it returns in each of two processes.

    They are forked, so that nothing is imported again; what a launcher sets is set.
    """

    def start(function: Callable, *args: Any, world_size: int = 2) -> List[Any]:
        context = multiprocessing.get_context('fork')
        queue, port = context.Queue(), _free_port()
        processes = [
            context.Process(target=_enter, args=(function, rank, world_size, port, queue, args))
            for rank in range(world_size)]
        for process in processes:
            process.start()
        try:
            found = [queue.get(timeout=120) for _ in processes]
        finally:
            for process in processes:
                process.join(20)
                if process.is_alive():
                    process.kill()
        errors = [error for _, _, error in found if error]
        assert not errors, '\n'.join(errors)
        return [result for _, result, _ in sorted(found, key=lambda item: item[0])]

    return start


@pytest.fixture
def odometry(tmp_path: Path) -> Path:
    # An odd number: two processes cannot share the test images evenly.
    return write_odometry(tmp_path / 'data', num_frames=7)


@pytest.fixture
def make_config(odometry: Path, tmp_path: Path) -> Callable[..., Config]:
    """``make_config('name', launcher='pytorch', ...)``, see :func:`tiny.runner_config`."""

    def make(name: str, launcher: str = 'pytorch', **changes: Any) -> Config:
        # Validation is tested apart. Kept apart by name: mmengine keeps loggers by it.
        changes = dict(dict(val_cfg=None, val_dataloader=None, val_evaluator=None), **changes)
        return Config(runner_config(odometry, tmp_path / name, launcher=launcher,
                                    experiment_name=name, **changes))

    return make
