"""How sure a mean over images is: the percentile bootstrap (Efron 1979), seeded.

Images are resampled as if they were independent. Neighbouring video frames
are not, so intervals over frames of few drives are too narrow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """``mean``, ``low``, ``high``: each (K,) float64."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def bootstrap_mean(values: np.ndarray,
                   level: float = 0.95,
                   num_resamples: int = 2000,
                   seed: int = 0) -> Interval:
    """Mean over images with its confidence interval, for K quantities at once.

    A paired comparison is this function on the per-image differences.

    Args:
        values: (N, K) finite numbers, one row an image, N >= 1.
        level: coverage, in (0, 1).
        num_resamples: how often N images are drawn with replacement; all
            quantities share the draws.
        seed: of the draws.

    Raises:
        ValueError: for a level outside (0, 1), or no or non-finite values.
    """
    values = np.asarray(values, dtype=np.float64)
    if not 0 < level < 1:
        raise ValueError(f'The confidence level must lie between 0 and 1, but got {level}. '
                         'Use 0.95 for 95 %.')
    if values.ndim != 2 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError('The bootstrap needs a table (N, K) of finite numbers with N >= 1, but '
                         f'got shape {values.shape}. Leave excluded images out.')
    count = len(values)
    draws = np.random.default_rng(seed).multinomial(
        count, np.full(count, 1 / count), size=num_resamples)
    means = draws @ values / count
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Interval(values.mean(axis=0), low, high)
