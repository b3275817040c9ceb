"""Depth errors by distance: a mean over all pixels says little about what is far."""

from __future__ import annotations

import math
from typing import Dict, List, Sequence

from .depth_errors import ERROR_NAMES, Array, depth_errors


def errors_by_range(pred: Array, gt: Array, edges: Sequence[float]) -> List[Dict[str, float]]:
    """Errors of the pixels whose true depth lies between neighbouring ``edges``.

    Args:
        pred: (N,) predicted depth, scaled and clamped, metres.
        gt: (N,) true depth, metres.
        edges: K + 1 increasing depths, metres; a range holds its lower edge
            and not its upper one. ``math.inf`` is a fine last edge.

    Returns:
        list: K dicts with ``near``, ``far``, ``num_valid`` and each of
        ``ERROR_NAMES``, NaN in a range without a pixel.

    Raises:
        ValueError: if there are less than two edges, or they do not increase.
    """
    if len(edges) < 2 or any(far <= near for near, far in zip(edges, edges[1:])):
        raise ValueError(f'Depth ranges need at least two increasing edges, but got {edges}.')
    results = []
    for near, far in zip(edges, edges[1:]):
        inside = (gt >= near) & (gt < far)
        count = int(inside.sum())
        if count:
            errors = {key: float(value) for key, value in
                      depth_errors(pred[inside], gt[inside]).items()}
        else:
            errors = dict.fromkeys(ERROR_NAMES, math.nan)
        results.append(dict(near=near, far=far, num_valid=count, **errors))
    return results
