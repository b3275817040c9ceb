"""Two procedures measured side by side: time, spread, peak memory, agreement.

Ours and the baseline take turns, so that whatever else the machine does slows
both. Only their ratio travels to another machine.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Sequence, Tuple

import cv2
import numpy as np
import PIL
import torch

from spidepth_mm.utils.bfloat16 import has_fast_bfloat16

from .memory import METERS

CLOCKS = {'wall': time.perf_counter, 'cpu': time.process_time}
COLUMNS = ('case', 'ours_ms', 'baseline_ms', 'ratio', 'spread', 'peak_mib_ours',
           'peak_mib_baseline', 'max_abs_diff')


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        name: what the table calls it.
        ours: works through all items and returns the results.
        baseline: likewise, by the plain procedure.
        difference: the largest absolute difference of both results.
        items: how many items a call works through; times are per item.
        meter: one of ``memory.METERS``, which finds the peak memory of a call.
    """

    name: str
    ours: Callable[[], Any]
    baseline: Callable[[], Any]
    difference: Callable[[Any, Any], float]
    items: int = 1
    meter: str = 'arrays'


def measure(case: Case, repeats: int = 9, warm_up: int = 2, clock: str = 'wall') -> Dict[str, Any]:
    """Times of both sides in turn, after calls that do not count.

    Returns:
        dict: ``COLUMNS``. Times are medians in ms per item; ``ratio`` is
        baseline over ours, the median over the repeats; ``spread`` the
        distance between the quartiles of that ratio, divided by it. Peak
        memory is what a call of its own took beyond the inputs, MiB.

    Raises:
        ValueError: for an unknown clock or less than one repeat.
    """
    if clock not in CLOCKS:
        raise ValueError(f'Unknown clock {clock!r}. Valid clocks are {", ".join(CLOCKS)}.')
    if repeats < 1:
        raise ValueError(f'repeats must be at least 1, but got {repeats}.')
    ours, baseline = case.ours(), case.baseline()
    difference = case.difference(ours, baseline)
    for _ in range(warm_up - 1):
        case.ours(), case.baseline()
    times = np.array([[_time(side, clock) for side in (case.ours, case.baseline)]
                      for _ in range(repeats)]) / case.items
    ratios = times[:, 1] / times[:, 0]
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    ours_ms, baseline_ms = np.median(times, axis=0) * 1e3
    peak = METERS[case.meter]
    row = (case.name, ours_ms, baseline_ms, middle, (high - low) / middle, peak(case.ours),
           peak(case.baseline), difference)
    return dict(zip(COLUMNS, (row[0], *map(float, row[1:]))))


def use_one_thread() -> None:
    """What is measured is the work, not how it is shared out between cores."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def machine() -> List[Tuple[str, str]]:
    """Name and value of what the times depend on."""
    return [
        ('processor', _processor()),
        ('cores', str(os.cpu_count())),
        ('threads used', str(torch.get_num_threads())),
        ('system', f'{platform.system()} {platform.machine()}'),
        ('versions', f'Python {platform.python_version()}, numpy {np.__version__}, '
                     f'OpenCV {cv2.__version__}, Pillow {PIL.__version__}, '
                     f'PyTorch {torch.__version__}'),
        ('bfloat16', 'fast' if has_fast_bfloat16() else 'slow: no instructions for it'),
    ]


def markdown_table(rows: Sequence[Dict[str, Any]]) -> str:
    """The measured rows for a page of the documentation."""
    lines = ['| case | ours, ms | baseline, ms | ratio | spread | ours, MiB | baseline, MiB '
             '| largest difference |', '| --- |' + ' ---: |' * 7]
    for row in rows:
        lines.append(
            '| {case} | {ours_ms:.2f} | {baseline_ms:.2f} | {ratio:.1f}x | {spread:.0%} | '
            '{peak_mib_ours:.1f} | {peak_mib_baseline:.1f} | {max_abs_diff:.1e} |'.format(**row))
    return '\n'.join(lines)


def _time(side: Callable[[], Any], clock: str) -> float:
    start = CLOCKS[clock]()
    side()
    return CLOCKS[clock]() - start


def _processor() -> str:
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            for line in file:
                if line.startswith('model name'):
                    return line.split(':', 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or 'unknown'
