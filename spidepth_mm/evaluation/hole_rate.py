"""The known failure of photometric training: what moves with the camera is sent to infinity."""

from __future__ import annotations

import math

from .depth_errors import Array

#: From here on a prediction counts as infinity, metres. The protocols clamp at 80.
FAR = 70.


def hole_rate(pred: Array, object_mask: Array, far: float = FAR) -> float:
    """Share of dynamic objects' pixels that are predicted at infinity, in [0, 1].

    Args:
        pred: (H, W) predicted depth, scaled and clamped, metres.
        object_mask: (H, W) bool, True on objects that can move and are nearer
            than ``far``.
        far: see ``FAR``.

    Returns:
        float: NaN if the mask is empty.

    Raises:
        ValueError: if the shapes differ.
    """
    if pred.shape != object_mask.shape:
        raise ValueError('Prediction and object mask must have one shape, but got '
                         f'{tuple(pred.shape)} and {tuple(object_mask.shape)}.')
    count = int(object_mask.sum())
    return int((pred[object_mask] >= far).sum()) / count if count else math.nan
