"""Which surface each sample of the picture sees, and how far away it is.

Everything is intersected in closed form. For a plane the inverse depth and the
texture coordinates over depth are affine in the pixel, so a patch costs a few
additions a sample and its depth is exact.
"""

from __future__ import annotations

from typing import Iterator, Tuple

import numpy as np

from .camera import Camera
from .ellipsoids import add_blobs
from .road import Road
from .samples import FIRST_PATCH, NEAR, Visibility
from .scene import Blobs, Patches
from .terrain import add_ground


def find_visible(patches: Patches, blobs: Blobs, road: Road, camera: Camera) -> Visibility:
    """Z-buffer over two samples a pixel each way, pixel centres among them."""
    width, height = camera.size
    columns = np.arange(2 * width + 1, dtype=np.float32) / 2 - 0.5
    rows = np.arange(2 * height + 1, dtype=np.float32) / 2 - 0.5
    seen = Visibility(
        np.zeros((rows.size, columns.size), np.int32),
        np.zeros((rows.size, columns.size), np.float32), columns, rows,
        _homographies(patches, camera))
    add_ground(seen, road, camera)
    for number, window, least_depth in _patch_windows(patches, camera):
        _add_patch(seen, patches, number, window, least_depth)
    add_blobs(seen, blobs, FIRST_PATCH + len(patches), camera)
    return seen


def _homographies(patches: Patches, camera: Camera) -> np.ndarray:
    """Pixel (u, v, 1) to (a, b, 1) / depth, where the point is origin + a right + b down."""
    rotation = camera.world_from_camera[:3, :3]
    frame = np.stack([patches.right, patches.down, patches.origin - camera.centre], 2)
    frame = camera.cam2img @ (rotation.T @ frame)
    determinant = np.linalg.det(frame)
    frame[np.abs(determinant) < 1e-9] = np.eye(3)  # seen edge-on: its window will be empty
    return np.linalg.inv(frame)


def _patch_windows(patches: Patches,
                   camera: Camera) -> Iterator[Tuple[int, Tuple[int, ...], float]]:
    """Patches in view, nearest first: number, (top, bottom, left, right), least depth."""
    corners = np.stack([patches.origin, patches.origin + patches.right,
                        patches.origin + patches.right + patches.down,
                        patches.origin + patches.down], 1)
    corners = camera.to_camera(corners.reshape(-1, 3)).reshape(-1, 4, 3)
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0])
    visible = (outward * corners[:, 0]).sum(1) > 1e-6
    visible &= (corners[..., 2] > NEAR).any(1)
    depth = np.maximum(corners[..., 2].min(1), NEAR)
    pixels = corners @ camera.cam2img.T
    pixels = pixels[..., :2] / np.maximum(pixels[..., 2:], NEAR)
    low, high = pixels.min(1), pixels.max(1)
    for number in np.flatnonzero(visible & (corners[..., 2] < NEAR).any(1)):
        clipped = _clip_near(corners[number]) @ camera.cam2img.T
        clipped = clipped[:, :2] / clipped[:, 2:]
        low[number], high[number] = clipped.min(0), clipped.max(0)
    limit = 2 * np.array(camera.size) + 1
    low = np.clip(np.floor(2 * low), 0, limit).astype(int)
    high = np.clip(np.ceil(2 * high) + 2, 0, limit).astype(int)
    visible &= (low < high).all(1)
    order = np.argsort(depth, kind='stable')
    for number in order[visible[order]]:
        (left, top), (right, bottom) = low[number], high[number]
        yield int(number), (top, bottom, left, right), float(depth[number])


def _clip_near(polygon: np.ndarray) -> np.ndarray:
    """Polygon (K, 3) without its part nearer than the near plane."""
    if (polygon[:, 2] >= NEAR).all():
        return polygon
    kept = []
    for start, end in zip(polygon, np.roll(polygon, -1, 0)):
        if start[2] >= NEAR:
            kept.append(start)
        if (start[2] >= NEAR) != (end[2] >= NEAR):
            kept.append(start + (end - start) * ((NEAR - start[2]) / (end[2] - start[2])))
    return np.array(kept)


def _add_patch(seen: Visibility, patches: Patches, number: int, window: Tuple[int, ...],
               least_depth: float) -> None:
    top, bottom, left, right = window
    known = seen.inverse_depth[top:bottom, left:right]
    if known.min() * least_depth >= 1:  # wholly behind what is there already
        return
    matrix = seen.homographies[number].astype(np.float32)
    u, v = seen.columns[left:right], seen.rows[top:bottom, None]
    a, b, inverse = (row[0] * u + (row[1] * v + row[2]) for row in matrix)
    hit = inverse > known
    hit &= (b >= 0) & (b <= inverse)
    taper_left, taper_right = patches.taper[number]
    if patches.disc[number]:
        hit &= (a - inverse / 2)**2 + (b - inverse / 2)**2 <= inverse**2 / 4
    elif taper_left or taper_right:
        above = inverse - b
        hit &= (a >= np.float32(taper_left) * above)
        hit &= (a <= inverse - np.float32(taper_right) * above)
    else:
        hit &= (a >= 0) & (a <= inverse)
    np.copyto(known, inverse, where=hit)
    seen.surface[top:bottom, left:right][hit] = FIRST_PATCH + number
