"""Runs many small file jobs with a progress bar, and counts how they went."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import connection
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence

from mmengine.utils import ProgressBar

from spidepth_mm.utils.opencv import one_opencv_thread

from ..errors import UnreadableImageError

#: How a job can end. ``SKIPPED``: it was done before.
DONE, SKIPPED, MISSING, FAILED = 'done', 'skipped', 'missing', 'failed'
_CHUNK = 8
_busy = threading.Lock()


class Outcome(NamedTuple):
    """How one job ended: ``status``, what it was about, and what to know of it."""

    status: str
    name: str
    note: str = ''
    details: Optional[Dict[str, Any]] = None


def run_jobs(function: Callable[[Any], Outcome], items: Iterable[Any], workers: int = 0,
             progress: bool = True) -> List[Outcome]:
    """Applies ``function`` to each item, in several processes.

    An unreadable source becomes a ``FAILED`` outcome and the others go on. Any
    other error, a full disk above all, stops everything.

    Args:
        function (Callable): Of a module, so that processes can find it.
        items (Iterable): What to apply it to.
        workers (int): Number of processes; 0 or 1 for none but this one.
        progress (bool): Whether to draw a bar.

    Returns:
        list[Outcome]: In the order of ``items``.
    """
    items = list(items)
    bar = ProgressBar(len(items), file=sys.stdout) if progress and items else None
    if workers > 1 and len(items) > 1:
        outcomes = _run_in_processes(function, items, workers, bar)
    else:
        outcomes = []
        for item in items:
            outcomes.append(_guarded(function, item))
            if bar:
                bar.update()
    if bar:
        bar.file.write('\n')
        bar.file.flush()
    return outcomes


def count(outcomes: Sequence[Outcome]) -> str:
    """'690 done, 5 skipped (done before), 2 missing' for people."""
    words = {DONE: 'done', SKIPPED: 'skipped (done before)', MISSING: 'missing', FAILED: 'failed'}
    statuses = [outcome.status for outcome in outcomes]
    parts = [f'{statuses.count(status)} {word}' for status, word in words.items()
             if status in statuses]
    return ', '.join(parts) or 'nothing to do'


def list_troubles(outcomes: Sequence[Outcome], limit: int = 20) -> List[str]:
    """One line for each missing or failed job, at most ``limit`` of each kind."""
    lines = []
    for status in (MISSING, FAILED):
        those = [outcome for outcome in outcomes if outcome.status == status]
        lines += [f'  {status}: {outcome.name}' + (f' ({outcome.note})' if outcome.note else '')
                  for outcome in those[:limit]]
        if len(those) > limit:
            lines.append(f'  {status}: and {len(those) - limit} more')
    return lines


def available_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run_in_processes(function: Callable, items: List[Any], workers: int,
                      bar: Optional[ProgressBar]) -> List[Outcome]:
    chunks = [items[start:start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    # Forked workers need no importable __main__; elsewhere the default.
    method = 'fork' if 'fork' in multiprocessing.get_all_start_methods() else None
    context = multiprocessing.get_context(method)
    results: Dict[int, List[Outcome]] = {}
    # The cores are busy with the other images.
    with one_opencv_thread(), ProcessPoolExecutor(
            min(workers, len(chunks)), context, initializer=_end_with_parent) as pool:
        positions = {pool.submit(_run_chunk, function, chunk): position
                     for position, chunk in enumerate(chunks)}
        try:
            running = set(positions)
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    results[positions[future]] = future.result()
                    if bar:
                        bar.update(len(results[positions[future]]))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [outcome for position in sorted(results) for outcome in results[position]]


def _end_with_parent() -> None:
    """Workers of a command that was killed would wait for more to do, for ever."""

    def watch() -> None:
        connection.wait([parent.sentinel])
        with _busy:  # what is being written is finished
            os._exit(1)

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=watch, daemon=True).start()


def _run_chunk(function: Callable, chunk: List[Any]) -> List[Outcome]:
    return [_guarded(function, item) for item in chunk]


def _guarded(function: Callable, item: Any) -> Outcome:
    try:
        with _busy:
            return function(item)
    except UnreadableImageError as error:
        return Outcome(FAILED, error.path, error.reason)
