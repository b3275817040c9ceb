"""What the per-image results of a data set come to: means, scale statistics, one table."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

import numpy as np

from .bootstrap import Interval
from .depth_errors import ERROR_NAMES
from .protocols import DepthProtocol
from .result_table import format_error, format_table

_BASELINE_TITLES = dict(constant='constant depth *', row_median='median depth per row *')


def error_matrix(results: Sequence[Mapping[str, float]]) -> np.ndarray:
    """``evaluate_depth``'s dicts as (N, 10) float64, columns as in ``ERROR_NAMES``."""
    return np.array([[result[name] for name in ERROR_NAMES] for result in results])


def scale_statistics(scales: Sequence[float]) -> Dict[str, float]:
    """Median of the images' factors, and their standard deviation divided by that median.

    Monodepth2 prints these two. A spread near 0 says that one factor would
    do for all images; a median near 1 as well, that the prediction is metric.
    """
    middle = float(np.median(scales))
    spread = float(np.std(np.asarray(scales) / middle)) if middle else float('inf')
    return dict(scale_median=middle, scale_std=spread)


def summary_text(protocol: DepthProtocol, scaling: str, counts: str, scales: Mapping[str, float],
                 means: np.ndarray, interval: Optional[Interval], level: Optional[float],
                 baselines: Mapping[str, np.ndarray]) -> str:
    """The table that stands in the log, with all that its numbers depend on.

    Args:
        protocol: under which the numbers were measured.
        scaling: likewise.
        counts: how many images were evaluated and excluded, in words.
        scales: from ``scale_statistics``.
        means: (10,) mean errors.
        interval: of the means, with its ``level``; or ``None``.
        baselines: (10,) mean errors of each baseline by name.
    """
    rows = [_row('prediction', means)]
    if interval is not None:
        rows += [_row(f'  {level:.0%} interval from', interval.low), _row('  to', interval.high)]
    rows += [_row(_BASELINE_TITLES[name], errors) for name, errors in baselines.items()]
    lines = [
        protocol.describe(scaling),
        f'{counts}; factors on the prediction: median {scales["scale_median"]:.4f}, '
        f'spread {scales["scale_std"]:.4f}',
        format_table(['', *ERROR_NAMES], rows),
    ]
    if baselines:
        lines.append('* needs no learning; fitted on the test ground truth itself, so optimistic')
    return '\n'.join(lines)


def count_reasons(reasons: Sequence[str]) -> str:
    """'2 no ground truth, 1 no valid pixel' of a list of such reasons."""
    return ', '.join(f'{reasons.count(reason)} {reason}' for reason in sorted(set(reasons)))


def _row(title: str, errors: np.ndarray) -> List[str]:
    return [title, *map(format_error, errors)]
