"""Reads and writes depth maps: float32 (H, W), metres, 0 = none."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from typing import Optional

import cv2
import numpy as np

from .errors import UnreadableImageError
from .image_io import is_truncated, read_bytes

PNG_SCALE = 256.0
"""KITTI's coding: a 16-bit value divided by this is metres."""
DEPTH_SUFFIXES = ('.png', '.npy', '.npz')


def read_depth(path: str, png_scale: float = PNG_SCALE,
               backend_args: Optional[dict] = None) -> np.ndarray:
    """Reads a depth map by its extension.

    Args:
        path (str): A 16-bit ``.png``, an ``.npy``, or an ``.npz`` with one
            array or one named ``depth``.
        png_scale (float): PNG values per metre.
        backend_args (dict, optional): For mmengine's file backend.

    Returns:
        np.ndarray: (H, W) float32, metres, 0 where there is none.

    Raises:
        UnreadableImageError: If the file cannot be used.
        ValueError: If the extension is none of the above.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in DEPTH_SUFFIXES:
        raise ValueError(f'{path}: unknown kind of depth file {suffix!r}. '
                         f'Valid kinds are {", ".join(DEPTH_SUFFIXES)}.')
    content = read_bytes(path, backend_args)
    depth = _decode_png(path, content, png_scale) if suffix == '.png' else _load(path, content)
    if depth.ndim != 2:
        raise UnreadableImageError(path, f'depth of shape {depth.shape}, expected (H, W)')
    return np.where(np.isfinite(depth) & (depth > 0), depth, 0).astype(np.float32)


def write_depth_png(path: str, depth: np.ndarray, png_scale: float = PNG_SCALE) -> None:
    """Writes a 16-bit PNG, rounded to 1 / ``png_scale`` metres.

    The file appears whole or not at all.

    Args:
        path (str): Where to.
        depth (np.ndarray): (H, W) metres, 0 where there is none. A value too
            small for the coding is kept as its smallest, not as "none".

    Raises:
        ValueError: If a value does not fit in 16 bits.
    """
    values = np.rint(np.asarray(depth, dtype=np.float64) * png_scale)
    values = np.where((values == 0) & (np.asarray(depth) > 0), 1, values)
    if values.ndim != 2 or not np.isfinite(values).all() or values.min() < 0 \
            or values.max() > 65535:
        raise ValueError(f'{path}: a depth PNG holds (H, W) values in [0, {65535 / png_scale:g}] '
                         f'm, but got shape {values.shape} with range [{np.min(depth):g}, '
                         f'{np.max(depth):g}].')
    encoded, content = cv2.imencode('.png', values.astype(np.uint16))
    if not encoded:
        raise OSError(f'{path}: cannot encode the depth map.')
    partial = f'{path}.{os.getpid()}.part'
    try:
        with open(partial, 'wb') as file:
            file.write(content.tobytes())
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def _decode_png(path: str, content: bytes, png_scale: float) -> np.ndarray:
    if is_truncated(content):
        raise UnreadableImageError(path, f'truncated after {len(content)} bytes')
    values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise UnreadableImageError(path, 'not a PNG, or damaged')
    if values.dtype != np.uint16 or values.ndim != 2:
        raise UnreadableImageError(
            path, f'expected one 16-bit channel (value / {png_scale:g} = metres), got '
            f'{values.dtype.itemsize * 8}-bit of shape {values.shape}: was it saved as a picture?')
    return values / np.float32(png_scale)


def _load(path: str, content: bytes) -> np.ndarray:
    try:
        loaded = np.load(BytesIO(content), allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            return loaded
        name = 'depth' if 'depth' in loaded.files else loaded.files[0]
        if name != 'depth' and len(loaded.files) > 1:
            raise UnreadableImageError(
                path, f"several arrays ({', '.join(loaded.files)}), none named 'depth'")
        return loaded[name]
    except (ValueError, EOFError, zipfile.BadZipFile, IndexError) as error:
        raise UnreadableImageError(path, f'truncated or not numpy data ({error})') from None
