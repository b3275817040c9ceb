"""Ground truth from a laser scan: KITTI's sparse depth maps."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from .errors import UnreadableImageError
from .image_io import read_bytes

DEPTH_KINDS = ('velodyne_x', 'camera_z')
_POINT_BYTES = 16


def read_scan(path: str) -> np.ndarray:
    """Reads a Velodyne ``.bin``.

    Returns:
        np.ndarray: (N, 4) float32: x (forward), y (left), z (up) in metres in
        the scanner's frame, reflectance in [0, 1].

    Raises:
        UnreadableImageError: If it is absent, empty or cut in mid-point.
    """
    content = read_bytes(path)
    if len(content) % _POINT_BYTES:
        raise UnreadableImageError(
            path, f'{len(content)} bytes is not a whole number of points ({_POINT_BYTES} bytes '
            'each): truncated, or not a Velodyne scan')
    return np.frombuffer(content, dtype='<f4').reshape(-1, 4)


def project_scan(scan: np.ndarray, image_from_velodyne: np.ndarray, shape: Tuple[int, int],
                 depth_kind: str = 'velodyne_x') -> np.ndarray:
    """Projects a scan to the depth map that the KITTI results are made with.

    Args:
        scan (np.ndarray): (N, >=3) points in the scanner's frame, metres.
        image_from_velodyne (np.ndarray): (3, 4), to pixels counted from 1, as
            in KITTI's calibration.
        shape (tuple): (H, W) of the image.
        depth_kind (str): ``'velodyne_x'``: distance ahead of the scanner,
            which the Eigen protocol takes for depth, 0.27 m more than
            the camera's; ``'camera_z'``: depth proper.

    Returns:
        np.ndarray: (H, W) float32, metres; 0 = none. The nearest of several
        points on one pixel.
    """
    if depth_kind not in DEPTH_KINDS:
        raise ValueError(f'Unknown depth_kind {depth_kind!r}. '
                         f'Valid kinds are {", ".join(DEPTH_KINDS)}.')
    rows, cols, depth = _visible_points(scan, image_from_velodyne, shape, depth_kind)
    height, width = shape
    pixels = rows * width + cols
    # Rounding keeps the order, so the nearest in float32 is the nearest.
    nearest = np.zeros(height * width, np.float32)
    nearest[pixels] = np.inf
    np.minimum.at(nearest, pixels, depth.astype(np.float32))
    _share_across_rows(nearest, pixels, cols, depth, width)
    return nearest.reshape(shape)


def _visible_points(scan: np.ndarray, image_from_velodyne: np.ndarray, shape: Tuple[int, int],
                    depth_kind: str) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and depth of the points in the image, in the scan's order."""
    height, width = shape
    # Half of a scan lies behind: nothing else is done with that.
    points = scan[np.flatnonzero(scan[:, 0] >= 0), :3].T.astype(np.float64, order='C')
    projected = image_from_velodyne[:, :3] @ points
    projected += image_from_velodyne[:, 3:]
    z = projected[2]
    with np.errstate(divide='ignore', invalid='ignore'):
        # Python's pixels count from 0. Rounding before, not after, is the benchmark's choice.
        cols = np.rint(projected[0] / z) - 1
        rows = np.rint(projected[1] / z) - 1
    inside = (cols >= 0) & (cols < width) & (rows >= 0) & (rows < height)
    if depth_kind == 'camera_z':
        inside &= z > 0  # between scanner and camera there are points with x > 0 and z < 0
    inside = np.flatnonzero(inside)
    depth = (points[0] if depth_kind == 'velodyne_x' else z)[inside]
    return rows[inside].astype(np.int64), cols[inside].astype(np.int64), depth


def _share_across_rows(nearest: np.ndarray, pixels: np.ndarray, cols: np.ndarray,
                       depth: np.ndarray, width: int) -> None:
    """Parity: a row's last pixel competes with the next row's first one.

    The benchmark's code numbers pixels by row * (width - 1) + column, so the
    two share a number. Of such a pair, the pixel hit first in the scan gets
    the nearest of both, and the other one keeps its last point. At most one
    point a row is concerned, outside every evaluation crop. Changes
    ``nearest``, flat (H * W,), in place.
    """
    at_edge = np.flatnonzero((cols == 0) | (cols == width - 1))
    hit = np.unique(pixels[at_edge])
    lasts = hit[hit % width == width - 1]
    for last in lasts[np.isin(lasts + 1, hit)]:
        pair = at_edge[(pixels[at_edge] == last) | (pixels[at_edge] == last + 1)]
        first = pixels[pair[0]]
        other = 2 * last + 1 - first
        nearest[first] = depth[pair].min()
        nearest[other] = depth[pair[pixels[pair] == other][-1]]
