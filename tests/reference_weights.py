"""The weights and inputs of the reference numbers, made from their names.

The reference implementations were run with weights that follow from the
parameters' names, so no weight file is needed: a name's CRC-32 seeds numpy's
legacy generator, whose stream is frozen for good.
"""

from __future__ import annotations

import zlib
from typing import Mapping, Sequence

import numpy as np
import torch


def _generator(name: str) -> np.random.RandomState:
    return np.random.RandomState(zlib.crc32(name.encode()) & 0x7FFFFFFF)


def _offset_and_scale(name: str, shape: Sequence[int]) -> tuple[float, float]:
    """Where a parameter's normal numbers are centred and how far they spread."""
    leaf = name.rpartition('.')[2]
    if leaf == 'positional_encodings':
        return 0.0, 0.5
    if leaf == 'gamma':  # layer scale
        return 0.3, 0.1
    if 'grn' in name:  # global response normalisation: weight and bias alike
        return 0.0, 0.1
    if len(shape) >= 2:  # a kernel, kept at unit gain
        return 0.0, 1.0 / float(np.sqrt(np.prod(shape[1:], dtype=np.int64)))
    return (1.0, 0.1) if leaf == 'weight' else (0.0, 0.1)


def draw(name: str, shape: Sequence[int]) -> np.ndarray:
    """Make the array that a parameter name (with its prefix) stands for.

    Returns:
        np.ndarray: float32 of ``shape``; int64 zeros for a batch-norm counter.
    """
    leaf = name.rpartition('.')[2]
    if leaf == 'num_batches_tracked':
        return np.zeros(shape, np.int64)
    normal = _generator(name).standard_normal(tuple(shape))
    if leaf == 'running_var':
        return (0.5 + np.abs(normal)).astype(np.float32)
    offset, scale = _offset_and_scale(name, shape)
    return (offset + scale * normal).astype(np.float32)


def uniform(name: str, low: float, high: float, shape: Sequence[int]) -> np.ndarray:
    """Make the float32 input in [low, high) that a name stands for."""
    unit = _generator(name).random_sample(tuple(shape))
    return (low + (high - low) * unit).astype(np.float32)


def draw_state(shapes: Mapping[str, Sequence[int]], prefix: str) -> dict[str, torch.Tensor]:
    """Make a reference state dict: the keys of ``shapes``, drawn as ``prefix + key``."""
    return {key: torch.from_numpy(draw(prefix + key, shape)) for key, shape in shapes.items()}
