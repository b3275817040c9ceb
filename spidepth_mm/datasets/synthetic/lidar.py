"""A laser scan of what the left camera sees, taken from the exact depth."""

from __future__ import annotations

import numpy as np

from .calibration import Calibration
from .renderer import Picture

_RINGS = np.deg2rad(np.linspace(-24.8, 2.0, 64))  # elevations of a 64-line scanner
_AZIMUTH_STEP = np.deg2rad(0.35)
_RANGE = 120.0  # metres


def scan(picture: Picture, calibration: Calibration) -> np.ndarray:
    """Points of 64 rings on whole pixels.

    KITTI's evaluation takes a point that projects to (u, v) for pixel
    (round(u) - 1, round(v) - 1). The points are placed such that this rule gives back the
    very pixel whose depth they carry.

    Returns:
        float32 (N, 4): scanner x, y, z in metres and reflectance 0..1.
    """
    column, row = _ring_pixels(calibration)
    depth = picture.depth[row, column]
    seen = (depth > 0) & (depth < _RANGE)
    column, row, depth = column[seen], row[seen], depth[seen].astype(float)
    points = calibration.scanner_from_image(np.column_stack([column + 1, row + 1]), depth)
    reflectance = picture.image[row, column].mean(1) / 255
    return np.column_stack([points, reflectance]).astype(np.float32)


def _ring_pixels(calibration: Calibration) -> np.ndarray:
    """Pixels (2, N), columns and rows, on the rings, each once."""
    width, height = calibration.size
    (focal, _, centre_x), (_, _, centre_y), _ = calibration.cam2img
    half_view = np.arctan(max(centre_x, width - centre_x) / focal)
    azimuth = np.arange(-half_view, half_view, _AZIMUTH_STEP)
    column = np.rint(centre_x + focal * np.tan(azimuth))[None]
    row = np.rint(centre_y - focal * np.tan(_RINGS)[:, None] / np.cos(azimuth))
    column = np.broadcast_to(column, row.shape)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    return np.unique(np.stack([column[inside], row[inside]]).astype(int), axis=1)
