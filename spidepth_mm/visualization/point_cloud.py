"""Depth maps as coloured points in space."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Sequence, Tuple

import numpy as np
import torch

from spidepth_mm.geometry import backproject

_VERTEX = np.dtype([('xyz', '<f4', 3), ('rgb', 'u1', 3)])


def point_cloud(image: np.ndarray, depth: np.ndarray, cam2img: np.ndarray,
                max_points: int = 2_000_000) -> Tuple[np.ndarray, np.ndarray]:
    """Lift an image's pixels to the points that they show.

    Args:
        image (np.ndarray): (H, W, 3) uint8, RGB.
        depth (np.ndarray): (H, W), camera z, 0 where there is none.
        cam2img (np.ndarray): (3, 3), pixels of this image.
        max_points (int): Of an image with more pixels, every second (third
            ...) row and column is taken.

    Returns:
        tuple: points (N, 3) float32, x right, y down, z forward, in the
        depth's unit, and colours (N, 3) uint8.

    Raises:
        ValueError: If ``max_points`` is not positive, or the sizes differ.
    """
    if max_points < 1:
        raise ValueError(f'max_points must be positive, but got {max_points}.')
    if image.shape[:2] != depth.shape:
        raise ValueError(f'The image is {image.shape[:2]} and its depth {depth.shape} (H, W).')
    step = ceil(sqrt(depth.size / max_points))
    image, depth = image[::step, ::step], depth[::step, ::step]
    # Pixel u of the thinned image is pixel step * u of the image.
    thinned = (np.diag([1 / step, 1 / step, 1]) @ cam2img).astype(np.float32)
    lifted = backproject(torch.from_numpy(depth.astype(np.float32))[None, None],
                         torch.from_numpy(thinned)[None])[0]
    valid = np.isfinite(depth) & (depth > 0)
    points = lifted.permute(1, 2, 0).numpy()[valid]
    return points, image[valid]


def ply_bytes(points: np.ndarray, colors: np.ndarray, comments: Sequence[str] = ()) -> bytes:
    """A binary little-endian PLY file.

    Args:
        points (np.ndarray): (N, 3) float32.
        colors (np.ndarray): (N, 3) uint8, RGB.
        comments (Sequence[str]): Lines for its header.
    """
    vertices = np.empty(len(points), _VERTEX)
    vertices['xyz'], vertices['rgb'] = points, colors
    header = ['ply', 'format binary_little_endian 1.0']
    # The header is ASCII, and a comment is one line.
    header += ['comment ' + ' '.join(comment.encode('ascii', 'replace').decode().split())
               for comment in comments]
    header += [f'element vertex {len(points)}']
    header += [f'property float {axis}' for axis in 'xyz']
    header += [f'property uchar {color}' for color in ('red', 'green', 'blue')]
    return '\n'.join([*header, 'end_header', '']).encode() + vertices.tobytes()
