"""Bringing a prediction of unknown scale to metres, fitted on one image's valid pixels.

A self-supervised depth is right up to one factor at best, so most protocols
align it with the ground truth before they look. How, changes the numbers:
the name of the scaling stands beside every result.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np
import torch

from .choices import check_choice
from .depth_errors import Array, as_float64

SCALINGS = ('none', 'median', 'global_median', 'least_squares', 'least_squares_shift',
            'least_squares_disparity', 'least_squares_shift_disparity')

# Below this share of the mean square, a prediction's variance is rounding noise.
_FLAT = 1e-12


class Alignment(NamedTuple):
    """An affine map of depth, or of disparity.

    ``scale`` always multiplies depth. In disparity the aligned prediction is
    1 / (1 / (scale * pred) + shift): ``shift`` is in metres, or in 1/m.
    """

    scale: float = 1.
    shift: float = 0.
    in_disparity: bool = False


def median(values: Array) -> float:
    """Median of (N,) values, N >= 1: for an even N the mean of the middle two, as in numpy."""
    middle = len(values) // 2
    if isinstance(values, torch.Tensor):
        # torch.median takes the lower of the middle two.
        ordered = values.sort().values
        return float((ordered[(len(values) - 1) // 2] + ordered[middle]) / 2)
    # np.median partitions at both middle ones and looks for NaN: three times slower.
    parted = np.partition(values, middle)
    upper = parted[middle]
    return float(upper if len(values) % 2 else (parted[:middle].max() + upper) / 2)


def median_ratio(pred: Array, gt: Array) -> float:
    """median(gt) / median(pred), the factor of per-image median scaling.

    Raises:
        ValueError: if the prediction's median is not positive.
    """
    middle = median(pred)
    if middle <= 0:
        raise ValueError(f'Median scaling needs a positive prediction, but its median is {middle}. '
                         'Does the model return depth?')
    return median(gt) / middle


def fit_alignment(pred: Array, gt: Array, scaling: str, min_depth: float) -> Alignment:
    """Fit one image's alignment of ``pred`` with ``gt``.

    Args:
        pred: (N,) predicted depth of the valid pixels.
        gt: (N,) their true depth, metres, positive.
        scaling: a name from ``SCALINGS``. ``'global_median'`` of a single
            image is its own median; ``DepthMetric`` shares one over images.
        min_depth: predictions are raised to this before they are inverted.

    Returns:
        Alignment: the identity for ``'none'``. Where least squares cannot
        tell a shift from a scale (a constant prediction), the shift is 0.

    Raises:
        ValueError: for an unknown scaling, or a median that is not positive.
    """
    check_choice('scaling', scaling, SCALINGS)
    if scaling == 'none':
        return Alignment()
    if scaling in ('median', 'global_median'):
        return Alignment(median_ratio(pred, gt))
    with_shift = 'shift' in scaling
    if scaling.endswith('disparity'):
        factor, shift = _least_squares(1 / pred.clip(min_depth, None), 1 / gt, with_shift)
        return Alignment(1 / factor if factor else float('inf'), shift, in_disparity=True)
    return Alignment(*_least_squares(pred, gt, with_shift))


def apply_alignment(pred: Array, alignment: Alignment, min_depth: float,
                    max_depth: float) -> Array:
    """Align (N,) depth and clamp it to ``min_depth..max_depth``, metres."""
    scale, shift, in_disparity = alignment
    if not in_disparity:
        aligned = pred * scale
        return (aligned + shift if shift else aligned).clip(min_depth, max_depth)
    disparity = 1 / (pred.clip(min_depth, None) * scale) + shift
    # Clamped before inverting, so that no disparity at or below 0 turns around.
    return 1 / disparity.clip(1 / max_depth, 1 / min_depth)


def _least_squares(source: Array, target: Array, with_shift: bool) -> Tuple[float, float]:
    """The a, b that minimise the sum of (a * source + b - target)^2; b = 0 without shift."""
    source, target = as_float64(source), as_float64(target)
    if with_shift:
        source_mean, target_mean = source.mean(), target.mean()
        centred = source - source_mean
        variance = float((centred**2).mean())
        if variance > _FLAT * float((source**2).mean()):
            factor = float((centred * (target - target_mean)).mean()) / variance
            return factor, float(target_mean - factor * source_mean)
    power = float((source**2).mean())
    if power == 0:
        raise ValueError('Least-squares scaling needs a prediction that is not 0 everywhere.')
    return float((source * target).mean()) / power, 0.
