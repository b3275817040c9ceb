"""Renders several drives side by side, with a progress bar over their frames."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any, List, Optional

from mmengine.utils import ProgressBar

from spidepth_mm.utils.opencv import one_opencv_thread

from .drive import make_drive
from .kitti_writer import drive_folder
from .parameters import WorldParameters

_frames_done: Any = None  # in a worker process: the counter that it shares with its parent


def run_drives(root: Path, drives: List[int], parameters: WorldParameters,
               workers: Optional[int], progress: bool, temporary: Path) -> None:
    """Makes each drive in ``temporary`` and moves it to its place by one rename.

    Args:
        root: the world's folder.
        drives: drive numbers.
        parameters: ``WorldParameters``.
        workers: number of processes, or None for one per core.
        progress: whether to show a bar.
        temporary: scratch folder on the same disk as ``root``.
    """
    workers = min(workers or _num_cores(), max(len(drives), 1))
    bar = ProgressBar(len(drives) * parameters.frames) if progress and drives else None
    if workers == 1 or multiprocessing.current_process().daemon:
        for drive in drives:
            _make(root, drive, parameters, temporary, bar.update if bar else _nothing)
    else:
        _run_in_processes(root, drives, parameters, workers, bar, temporary)
    if bar:
        bar.file.write('\n')


def _run_in_processes(root, drives, parameters, workers, bar, temporary) -> None:
    # Forked workers need no importable __main__ (a notebook, a pipe); elsewhere the default.
    method = 'fork' if 'fork' in multiprocessing.get_all_start_methods() else None
    context = multiprocessing.get_context(method)
    counter = context.Value('i', 0)
    shown = 0
    # The cores are busy with the other drives.
    with one_opencv_thread(), ProcessPoolExecutor(
            workers, context, _start_worker, (counter,)) as pool:
        running = {pool.submit(_make, root, drive, parameters, temporary, _count)
                   for drive in drives}
        try:
            while running:
                done, running = wait(running, 0.5, FIRST_COMPLETED)
                for future in done:
                    future.result()
                if bar and counter.value > shown:
                    bar.update(counter.value - shown)
                    shown = counter.value
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _make(root: Path, drive: int, parameters, temporary: Path, on_frame) -> None:
    scratch = temporary / f'{drive}-{os.getpid()}'
    make_drive(scratch, parameters.seed, drive, parameters.size, parameters.frames, on_frame)
    target = root / drive_folder(drive)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.rename(scratch, target)


def _start_worker(counter) -> None:
    global _frames_done
    _frames_done = counter


def _count() -> None:
    with _frames_done.get_lock():
        _frames_done.value += 1


def _nothing() -> None:
    pass


def _num_cores() -> int:
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
