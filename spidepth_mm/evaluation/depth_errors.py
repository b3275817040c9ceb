"""The depth error measures, as pure functions of two 1-D arrays.

Every function takes the predicted and the true depth of the same N pixels,
``pred`` and ``gt``: (N,), N >= 1, float, positive, metres; numpy arrays or
torch tensors on any device that knows float64. Differences, ratios and
logarithms are taken in the arrays' own precision (float32 as a rule, as in the
published evaluation scripts), squares and means in float64. The result is a
float64 scalar of the same library, so nothing is copied off a device here.

Sources: Eigen et al. 2014 (abs_rel, sq_rel, rmse, rmse_log, accuracies),
Saxena et al. 2009 (log10), Uhrig et al. 2017, KITTI depth devkit (silog).
"""

from __future__ import annotations

import math
from typing import Any, Dict

import numpy as np
import torch

# A numpy array or a torch tensor, the same library in and out. A union would make
# type checkers refuse every operation that the two do not spell alike.
Array = Any

ERROR_NAMES = ('abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'a1', 'a2', 'a3',
               'log10', 'rmse_log10', 'silog')
HIGHER_IS_BETTER = ('a1', 'a2', 'a3')

_ACCURACY_BASE = 1.25
_LN10 = math.log(10.)


def abs_rel(pred: Array, gt: Array) -> Array:
    """Mean of |pred - gt| / gt, dimensionless."""
    return _mean(abs(pred - gt) / gt)


def sq_rel(pred: Array, gt: Array) -> Array:
    """Mean of (pred - gt)^2 / gt, metres (divided by gt once, as everybody reports it)."""
    return _mean((pred - gt)**2 / gt)


def rmse(pred: Array, gt: Array) -> Array:
    """Root mean square of pred - gt, metres."""
    return _mean((pred - gt)**2)**0.5


def rmse_log(pred: Array, gt: Array) -> Array:
    """Root mean square of ln(pred) - ln(gt)."""
    return _mean(_log(pred / gt)**2)**0.5


def accuracy(pred: Array, gt: Array, power: int = 1) -> Array:
    """Share of pixels with max(pred/gt, gt/pred) < 1.25^power, in [0, 1]."""
    return _share(_larger(pred / gt, gt / pred) < _ACCURACY_BASE**power)


def log10(pred: Array, gt: Array) -> Array:
    """Mean of |log10(pred) - log10(gt)|."""
    return _mean(abs(_log(pred / gt))) / _LN10


def rmse_log10(pred: Array, gt: Array) -> Array:
    """Root mean square of log10(pred) - log10(gt): what Make3D tables print as "log10"."""
    return rmse_log(pred, gt) / _LN10


def silog(pred: Array, gt: Array) -> Array:
    """Scale-invariant error as KITTI's depth benchmark reports it, [log(m)*100].

    100 * sqrt(mean(g^2) - mean(g)^2) with g = ln(pred) - ln(gt): the standard
    deviation of g, so a constant factor on the prediction does not matter.
    """
    return _silog(as_float64(_log(pred / gt)))


def depth_errors(pred: Array, gt: Array) -> Dict[str, Array]:
    """All measures of ``ERROR_NAMES`` at once, sharing their intermediate terms.

    Args:
        pred: (N,) predicted depth, positive, metres.
        gt: (N,) true depth, positive, metres.

    Returns:
        dict: one float64 scalar for each of ``ERROR_NAMES``, in that order.

    Raises:
        ValueError: if the shapes differ, are not 1-D, or N is 0.
    """
    if pred.ndim != 1 or pred.shape != gt.shape or len(pred) == 0:
        raise ValueError(
            'depth_errors needs two 1-D arrays of one length, at least 1, but got shapes '
            f'{tuple(pred.shape)} and {tuple(gt.shape)}. Select the valid pixels first.')
    difference = pred - gt
    relative = as_float64(difference / gt)
    difference = as_float64(difference)
    ratio = pred / gt
    larger_ratio = _larger(ratio, gt / pred)
    log_ratio = as_float64(_log(ratio))
    root_log = _mean_product(log_ratio, log_ratio)**0.5
    return dict(
        abs_rel=_mean(abs(relative)),
        sq_rel=_mean_product(difference, relative),
        rmse=_mean_product(difference, difference)**0.5,
        rmse_log=root_log,
        a1=_share(larger_ratio < _ACCURACY_BASE),
        a2=_share(larger_ratio < _ACCURACY_BASE**2),
        a3=_share(larger_ratio < _ACCURACY_BASE**3),
        log10=_mean(abs(log_ratio)) / _LN10,
        rmse_log10=root_log / _LN10,
        silog=_silog(log_ratio))


def _mean(values: Array) -> Array:
    if isinstance(values, torch.Tensor):
        return values.mean(dtype=torch.float64)
    # What numpy's mean does, without its overhead.
    return np.add.reduce(values, dtype=np.float64) / len(values)


def _mean_product(first: Array, second: Array) -> Array:
    """Mean of the products of two float64 arrays; as a dot product it stores none of them."""
    return first.dot(second) / len(first)


def as_float64(values: Array) -> Array:
    if isinstance(values, torch.Tensor):
        return values.to(torch.float64)
    return values.astype(np.float64)


def _share(condition: Array) -> Array:
    if isinstance(condition, torch.Tensor):
        return condition.mean(dtype=torch.float64)
    return np.float64(np.count_nonzero(condition) / len(condition))


def _log(values: Array) -> Array:
    return values.log() if isinstance(values, torch.Tensor) else np.log(values)


def _larger(first: Array, second: Array) -> Array:
    maximum = torch.maximum if isinstance(first, torch.Tensor) else np.maximum
    return maximum(first, second)


def _silog(log_ratio: Array) -> Array:
    # The spread about the mean, not mean(g^2) - mean(g)^2: the same number,
    # but rounding cannot make it negative when g is nearly constant.
    centred = log_ratio - _mean(log_ratio)
    return 100 * _mean_product(centred, centred)**0.5
