"""Which samples see which ellipsoid."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from .camera import Camera
from .samples import NEAR, Visibility
from .scene import Blobs


def add_blobs(seen: Visibility, blobs: Blobs, first_label: int, camera: Camera) -> None:
    """Ray against ellipsoid: with w = 1/depth the hit solves C w^2 - 2 B w + A = 0.

    B is affine in the pixel and B^2 - A C quadratic. Both are expanded round the middle of
    the ellipsoid's window, where float32 keeps their small differences.
    """
    towards = (blobs.centre - camera.centre) / blobs.radii
    constant = (towards**2).sum(1) - 1
    depths = camera.to_camera(blobs.centre)[:, 2]
    nearest = 1 / np.maximum(depths - blobs.radii.max(1), NEAR)
    directions = camera.world_from_pixel() / blobs.radii[:, :, None]
    windows = _blob_windows(_blob_forms(towards, directions, constant)[1], camera)
    windows[nearest >= 1 / NEAR] = 0
    middle = (windows[:, [2, 0]] + windows[:, [3, 1]]) / 4 - 0.5
    directions[..., 2] += np.einsum('nij,nj->ni', directions[..., :2], middle)
    linear, square = _blob_forms(towards, directions, constant)
    middle, linear, square, constant = (e.astype(np.float32)
                                        for e in (middle, linear, square, constant))
    for number in np.argsort(depths, kind='stable'):
        top, bottom, left, right = windows[number]
        known = seen.inverse_depth[top:bottom, left:right]
        if known.size == 0 or known.min() >= nearest[number]:
            continue
        u = seen.columns[left:right] - middle[number, 0]
        v = seen.rows[top:bottom, None] - middle[number, 1]
        m, b = square[number], linear[number]
        root = (m[0, 0] * u + 2 * (m[0, 1] * v + m[0, 2])) * u
        root += (m[1, 1] * v + 2 * m[1, 2]) * v + m[2, 2]
        hit = root > 0
        inverse = np.sqrt(np.maximum(root, 0, out=root), out=root)
        inverse += b[0] * u + (b[1] * v + b[2])
        inverse /= constant[number]
        hit &= inverse > known
        np.copyto(known, inverse, where=hit)
        seen.surface[top:bottom, left:right][hit] = first_label + number


def _blob_forms(towards: np.ndarray, directions: np.ndarray,
                constant: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """B as (N, 3) and B^2 - A C as (N, 3, 3), forms in the homogeneous pixel."""
    linear = np.einsum('ni,nij->nj', towards, directions)
    square = np.einsum('nki,nkj->nij', directions, directions)
    return linear, linear[:, :, None] * linear[:, None] - constant[:, None, None] * square


def _blob_windows(outlines: np.ndarray, camera: Camera) -> np.ndarray:
    """(N, 4) top, bottom, left, right round the conics (N, 3, 3), by their tangent lines."""
    dual = np.linalg.inv(outlines)
    last = dual[:, 2, 2]
    limit = 2 * np.array(camera.size) + 1
    ends = []
    for axis in (1, 0):
        spread = np.sqrt(np.maximum(dual[:, axis, 2]**2 - dual[:, axis, axis] * last, 0))
        low = (dual[:, axis, 2] + spread) / last
        high = (dual[:, axis, 2] - spread) / last
        low, high = np.minimum(low, high), np.maximum(low, high)
        ends += [np.clip(np.floor(2 * low), 0, limit[axis]),
                 np.clip(np.ceil(2 * high) + 3, 0, limit[axis])]
    return np.stack(ends, 1).astype(int)
