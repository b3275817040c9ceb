"""How high the camera is above the road that a depth map shows: one known length gives metres."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Where a road is looked for: the lower part of the picture, around the middle.
_FROM_ROW, _HALF_WIDTH = 0.6, 0.25
# A point lies in the plane within this share of the camera's height.
_TOLERANCE = 0.03
# The plane's normal may lean by so much from the camera's vertical.
_MAX_LEAN_DEG = 25
_TRIALS, _MAX_POINTS, _MIN_POINTS = 200, 20000, 100


class GroundPlane(NamedTuple):
    """A plane below the camera.

    Attributes:
        height: Of the camera above it, in the depth's unit.
        share: Of the points looked at that lie in it, 0 to 1.
        normal: (3,) unit vector, downwards; x right, y down, z ahead.
    """

    height: float
    share: float
    normal: np.ndarray


def fit_ground_plane(depth: np.ndarray, cam2img: np.ndarray, seed: int = 0) -> GroundPlane:
    """The plane in the lower middle of the picture, by RANSAC and least squares.

    Args:
        depth (np.ndarray): (H, W), any unit, 0 where there is none.
        cam2img (np.ndarray): (3, 3), pixels of the map.
        seed (int): Of the random trials.

    Raises:
        ValueError: If no plane is found below the camera.
    """
    points = _points(depth, cam2img)
    draw = np.random.RandomState(seed)
    if len(points) > _MAX_POINTS:
        points = points[draw.choice(len(points), _MAX_POINTS, replace=False)]
    if len(points) < _MIN_POINTS:
        raise ValueError(f'{len(points)} pixels with depth where the road should be (the lower '
                         f'middle of the picture), at least {_MIN_POINTS} are needed.')
    best = np.zeros(len(points), bool)
    for _ in range(_TRIALS):
        corner, *others = points[draw.choice(len(points), 3, replace=False)]
        normal = np.cross(*(other - corner for other in others))
        length = np.linalg.norm(normal)
        if length < 1e-12 * np.abs(corner).max()**2:
            continue
        inside = _inside(points, normal / length, corner)
        if inside.sum() > best.sum():
            best = inside
    if not best.any():
        raise ValueError('No plane below the camera in the lower middle of the picture: is there '
                         'a flat road or floor?')
    # n . p = 1 for all of its points: the height is 1 / |n|.
    scaled_normal = np.linalg.lstsq(points[best], np.ones(best.sum()), rcond=None)[0]
    height = 1 / np.linalg.norm(scaled_normal)
    return GroundPlane(float(height), float(best.mean()), scaled_normal * height)


def _inside(points: np.ndarray, normal: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Which points lie in the plane, none if it is not below the camera."""
    height = normal @ corner
    normal, height = (normal, height) if height > 0 else (-normal, -height)
    if normal[1] < np.cos(np.radians(_MAX_LEAN_DEG)):
        return np.zeros(len(points), bool)
    return np.abs(points @ normal - height) < _TOLERANCE * height


def _points(depth: np.ndarray, cam2img: np.ndarray) -> np.ndarray:
    """(N, 3) of the region where a road is looked for."""
    height, width = depth.shape
    rows, columns = np.mgrid[:height, :width]
    chosen = ((rows > _FROM_ROW * height) & np.isfinite(depth) & (depth > 0)
              & (np.abs(columns - (width - 1) / 2) < _HALF_WIDTH * width))
    pixels = np.stack([columns[chosen], rows[chosen], np.ones(chosen.sum())])
    return (np.linalg.inv(cam2img) @ pixels * depth[chosen]).T
