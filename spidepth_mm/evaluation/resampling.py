"""Reading a prediction at the ground truth's pixels, as if it had been resized to its size.

LiDAR ground truth fills a few per cent of an image, so the values that a
resize would give are computed at those pixels alone. Where the ground truth
is dense, numpy maps are resized whole by OpenCV, which is then faster. Both
ways agree to float32 rounding.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import cv2
import numpy as np
import torch

from .depth_errors import Array

_CV2_MODES = dict(bilinear=cv2.INTER_LINEAR, nearest=cv2.INTER_NEAREST)

# Share of read pixels above which cv2.resize overtakes the gathers (measured at 375x1242).
_DENSE_SHARE = 0.07


def sample_resized(source: Array, rows: Array, cols: Array, size: Tuple[int, int],
                   mode: str) -> Array:
    """Values of ``source`` resized to ``size`` at N pixels.

    Args:
        source: (h, w) float array or tensor.
        rows: (N,) int, in ``0..H-1`` of the resized map; same library and
            device as ``source``.
        cols: (N,) int, in ``0..W-1`` of the resized map.
        size: (H, W) of the resized map.
        mode: ``'bilinear'`` or ``'nearest'``, with OpenCV's conventions:
            pixel centres at +0.5 and clamped edges, and floor(x * w / W).

    Returns:
        (N,) values, float of ``source``'s precision.
    """
    if tuple(source.shape) == tuple(size):
        return take_pixels(source, rows, cols)
    if isinstance(source, np.ndarray) and len(rows) > _DENSE_SHARE * size[0] * size[1]:
        resized = cv2.resize(source, (size[1], size[0]), interpolation=_CV2_MODES[mode])
        return take_pixels(resized, rows, cols)
    sample = _sample_nearest if mode == 'nearest' else _sample_bilinear
    return sample(source, rows, cols, size)


def take_pixels(source: Array, rows: Array, cols: Array) -> Array:
    """``source[rows, cols]`` of an (H, W) map, several times faster in numpy by flat indices."""
    return gather(source.reshape(-1), rows * source.shape[1] + cols)


def gather(flat: Array, index: Array) -> Array:
    """``flat[index]`` of 1-D arrays, as a new one; no index may be negative or too large.

    In numpy brackets take half as long again, also because they look for such ones.
    """
    return flat[index] if isinstance(flat, torch.Tensor) else flat.take(index, mode='clip')


def _sample_nearest(source: Array, rows: Array, cols: Array, size: Tuple[int, int]) -> Array:
    row_map = _to_library(_nearest_indices(source.shape[0], size[0]), source)
    col_map = _to_library(_nearest_indices(source.shape[1], size[1]), source)
    return take_pixels(source, row_map[rows], col_map[cols])


def _sample_bilinear(source: Array, rows: Array, cols: Array, size: Tuple[int, int]) -> Array:
    height, width = source.shape
    first_rows, row_weights = (_to_library(a, source) for a in _linear(height, size[0]))
    first_cols, col_weights = (_to_library(a, source) for a in _linear(width, size[1]))
    # One index finds all four neighbours: most of the time goes in gathers.
    flat = _at_least_two(source).reshape(-1)
    stride = max(width, 2)
    index = gather(first_rows * stride, rows)
    index += gather(first_cols, cols)
    across, down = gather(col_weights, cols), gather(row_weights, rows)
    upper = _blend(gather(flat, index), gather(flat[1:], index), across)
    lower = _blend(gather(flat[stride:], index), gather(flat[stride + 1:], index), across)
    return _blend(upper, lower, down)


def _blend(first: Array, second: Array, weight: Array) -> Array:
    """``first + (second - first) * weight``, in the place of ``second``."""
    second -= first
    second *= weight
    second += first
    return second


def _at_least_two(source: Array) -> Array:
    """A map of one row or column with that repeated, so that every pixel has a neighbour."""
    shape = tuple(max(length, 2) for length in source.shape)
    if tuple(source.shape) == shape:
        return source
    return source.expand(shape) if isinstance(source, torch.Tensor) else np.broadcast_to(
        source, shape)


@lru_cache(maxsize=64)
def _linear(source: int, target: int) -> Tuple[np.ndarray, np.ndarray]:
    """Per target pixel of one axis: the first neighbour's index, at most the last but one,
    and the weight of the next one; a pixel beyond the edges is put on them."""
    position = ((np.arange(target) + 0.5) * (source / target) - 0.5).clip(0, source - 1)
    first = np.floor(position).clip(0, max(source - 2, 0))
    return first.astype(np.int64), (position - first).astype(np.float32)


@lru_cache(maxsize=64)
def _nearest_indices(source: int, target: int) -> np.ndarray:
    # The order of these divisions is OpenCV's: it decides which way ties round.
    position = np.floor(np.arange(target) * (1 / (target / source)))
    return np.minimum(position, source - 1).astype(np.int64)


def _to_library(array: np.ndarray, like: Array) -> Array:
    return torch.from_numpy(array).to(like.device) if isinstance(like, torch.Tensor) else array
