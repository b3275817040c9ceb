"""Intrinsics given by hand: read them, and notice when they cannot be right."""

from __future__ import annotations

import math
import os
from typing import Any, Optional, Tuple

import numpy as np

from spidepth_mm.utils.text_files import read_json, read_text, read_yaml

Size = Tuple[int, int]


def read_intrinsics(path: str) -> np.ndarray:
    """Reads a 3x3 matrix from ``.txt``, ``.json`` or ``.yaml``.

    JSON and YAML hold the matrix itself, or a mapping with it under
    ``cam2img``, ``K`` or ``camera_matrix`` (also OpenCV's, with ``data``).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it does not hold nine numbers.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'No intrinsics_file {path!r} (looked for '
                                f'{os.path.abspath(path)}).')
    suffix = os.path.splitext(path)[1].lower()
    try:
        if suffix == '.json':
            return _as_matrix(read_json(path))
        if suffix in ('.yaml', '.yml'):
            return _as_matrix(read_yaml(path))
        return _as_matrix(np.loadtxt(read_text(path).splitlines()))
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f'{path}: expected a 3x3 matrix fx 0 cx / 0 fy cy / 0 0 1 '
                         f'({error}).') from None


def _as_matrix(loaded: Any) -> np.ndarray:
    if isinstance(loaded, dict):
        for key in ('cam2img', 'K', 'camera_matrix', 'data'):
            if key in loaded:
                return _as_matrix(loaded[key])
        raise ValueError(f'found none of cam2img, K, camera_matrix among {list(loaded)}')
    if isinstance(loaded, str):
        raise ValueError('got text')
    numbers = np.array(loaded, dtype=np.float64)
    if numbers.size != 9:
        raise ValueError(f'got {numbers.size} numbers')
    return numbers.reshape(3, 3)


def cam2img_from_fov(fov_deg: float, size: Size) -> np.ndarray:
    """(3, 3) of an ideal camera by its horizontal field of view in degrees.

    Square pixels, the principal point in the image's middle, ((W - 1) / 2,
    (H - 1) / 2) with pixel centres on integers.
    """
    if not 0 < fov_deg < 180:
        raise ValueError(f'fov_deg must lie between 0 and 180 degrees, but got {fov_deg}.')
    width, height = size
    focal = 0.5 * width / math.tan(math.radians(fov_deg) / 2)
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])


def check_cam2img(cam2img: Any, size: Size, where: str) -> np.ndarray:
    """(3, 3) float64, if it can belong to images of ``size`` = (W, H).

    Raises:
        ValueError: Saying what is wrong and how to mend it.
    """
    matrix = np.array(cam2img, dtype=np.float64)
    width, height = size
    form = 'fx 0 cx / 0 fy cy / 0 0 1 in pixels'
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        raise ValueError(f'cam2img must be a finite 3x3 matrix ({form}), but got shape '
                         f'{matrix.shape}: {matrix.tolist()}.')
    if not np.array_equal(matrix[2], [0, 0, 1]) or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise ValueError(f'cam2img must be {form}, but got {matrix.tolist()}.')
    (focal_x, _, cx), (_, focal_y, cy) = matrix[:2]
    if max(focal_x, focal_y) < 10 and 0 < cx < 1 and 0 < cy < 1:
        raise ValueError(
            f'cam2img looks normalised (fx={focal_x:g}, cx={cx:g}), expected pixels: multiply its '
            f'first row by the width {width} and its second by the height {height}.')
    if not (0 <= cx <= width - 1 and 0 <= cy <= height - 1):
        raise ValueError(
            f'cam2img has its principal point at ({cx:g}, {cy:g}), outside the {width}x{height} '
            f'pixels of {where}: it is for another image size. Give that size as '
            "camera_size=(W, H) to be told the matrix for these images, or rescale it: "
            "fx' = s fx, cx' = (cx + 0.5) s - 0.5.")
    return matrix


def check_camera_size(camera_size: Optional[Size], shape: Tuple[int, int], where: str,
                      cam2img: Optional[np.ndarray] = None) -> None:
    """Compares the size that a K is for, (W, H), with an image's shape (H, W).

    Raises:
        ValueError: If they differ; with the rescaled K where it is known.
    """
    if camera_size is None or tuple(camera_size) == (shape[1], shape[0]):
        return
    message = (f'cam2img is for images of {camera_size[0]}x{camera_size[1]} pixels, but {where} '
               f'is {shape[1]}x{shape[0]}.')
    if cam2img is not None:
        scale_x, scale_y = shape[1] / camera_size[0], shape[0] / camera_size[1]
        rescaled = np.array(cam2img, dtype=np.float64)
        rescaled[:2] *= [[scale_x], [scale_y]]
        rescaled[:2, 2] += (0.5 * scale_x - 0.5, 0.5 * scale_y - 0.5)
        message += (' If the images were resized (not cropped), pass '
                    f'cam2img={np.round(rescaled, 3).tolist()} and '
                    f'camera_size=({shape[1]}, {shape[0]}).')
    raise ValueError(message)
