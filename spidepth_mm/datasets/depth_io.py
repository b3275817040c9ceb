"""Reads and writes depth maps: float32 (H, W), metres, 0 = none."""

from __future__ import annotations

import math
import os
import zipfile
from io import BytesIO
from typing import BinaryIO, Optional, Tuple

import cv2
import numpy as np

from spidepth_mm.utils.atomic_write import write_atomically

from .errors import UnreadableImageError
from .image_io import MAX_PIXELS, check_pixels, is_truncated, read_bytes
from .make3d_grid import read_laser_grid
from .monodepth2_depths import read_one_map

PNG_SCALE = 256.0
"""KITTI's coding: a 16-bit value divided by this is metres."""
_ZIP_START = b'PK'
DEPTH_SUFFIXES = ('.png', '.npy', '.npz', '.mat')


def read_depth(path: str, png_scale: float = PNG_SCALE,
               backend_args: Optional[dict] = None) -> np.ndarray:
    """Reads a depth map by its extension.

    Args:
        path (str): A 16-bit ``.png``; an ``.npy``; an ``.npz`` with one array
            or one named ``depth``, or what :func:`write_sparse_depth` writes;
            ``gt_depths.npz#12`` for one of the maps that Monodepth2 exports;
            or Make3D's ``.mat``.
        png_scale (float): PNG values per metre.
        backend_args (dict, optional): For mmengine's file backend.

    Returns:
        np.ndarray: (H, W) float32, metres, 0 where there is none.

    Raises:
        UnreadableImageError: If the file cannot be used.
        ValueError: If the extension is none of the above.
    """
    if '.npz#' in path:
        return read_one_map(path)
    suffix = os.path.splitext(path)[1].lower()
    if suffix == '.mat':
        return read_laser_grid(path)
    if suffix not in DEPTH_SUFFIXES:
        raise ValueError(f'{path}: unknown kind of depth file {suffix!r}. '
                         f'Valid kinds are {", ".join(DEPTH_SUFFIXES)}.')
    content = read_bytes(path, backend_args)
    depth = _decode_png(path, content, png_scale) if suffix == '.png' else _load(path, content)
    if depth.ndim != 2:
        raise UnreadableImageError(path, f'depth of shape {depth.shape}, expected (H, W)')
    # A float64 beyond float32's range would become infinite.
    known = np.isfinite(depth) & (depth > 0) & (depth <= np.finfo(np.float32).max)
    return np.where(known, depth, 0).astype(np.float32)


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
    write_atomically(path, content.tobytes())


def write_sparse_depth(path: str, depth: np.ndarray) -> None:
    """Writes the pixels that have a depth, as float32: exact, and small for a scan.

    The file appears whole or not at all. The same map gives the same bytes.

    Args:
        path (str): Where to; ``.npz``.
        depth (np.ndarray): (H, W) metres, 0 where there is none.

    Raises:
        ValueError: If a value is negative, NaN or infinite.
    """
    depth = np.asarray(depth, dtype=np.float32)
    if depth.ndim != 2 or not np.isfinite(depth).all() or (depth < 0).any():
        raise ValueError(f'{path}: expected (H, W) finite metres >= 0, 0 for none, but got shape '
                         f'{depth.shape} with range [{np.min(depth):g}, {np.max(depth):g}].')
    pixels = np.flatnonzero(depth)
    content = BytesIO()
    np.savez_compressed(content, shape=np.array(depth.shape, dtype=np.int32),
                        pixels=pixels.astype(np.uint32), depth=depth.reshape(-1)[pixels])
    write_atomically(path, content.getvalue())


def read_disparity(path: str, backend_args: Optional[dict] = None) -> np.ndarray:
    """Reads a Cityscapes disparity map: a 16-bit value p > 0 codes (p - 1) / 256 pixels.

    Returns:
        np.ndarray: (H, W) float32, pixels, 0 where there is none (or nothing
        nearer than infinity).

    Raises:
        UnreadableImageError: If the file cannot be used.
    """
    values = _decode_16_bit(path, read_bytes(path, backend_args), '(value - 1) / 256 = pixels')
    return np.maximum(values.astype(np.float32) - 1, 0) / np.float32(256)


def depth_from_disparity(disparity: np.ndarray, disparity_to_depth: float) -> np.ndarray:
    """(H, W) pixels to float32 metres, 0 = none in both.

    Args:
        disparity (np.ndarray): Pixels.
        disparity_to_depth (float): Baseline times focal length, metres times
            pixels.
    """
    known = disparity > 0
    return np.divide(np.float32(disparity_to_depth), disparity, where=known,
                     out=np.zeros(disparity.shape, dtype=np.float32))


def _decode_png(path: str, content: bytes, png_scale: float) -> np.ndarray:
    values = _decode_16_bit(path, content, f'value / {png_scale:g} = metres')
    return values / np.float32(png_scale)


def _decode_16_bit(path: str, content: bytes, coding: str) -> np.ndarray:
    if is_truncated(content):
        raise UnreadableImageError(path, f'truncated after {len(content)} bytes')
    check_pixels(path, content)
    try:
        values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        values = None
    if values is None:
        raise UnreadableImageError(path, 'not a PNG, or damaged')
    if values.dtype != np.uint16 or values.ndim != 2:
        raise UnreadableImageError(
            path, f'expected one 16-bit channel ({coding}), got '
            f'{values.dtype.itemsize * 8}-bit of shape {values.shape}: was it saved as a picture?')
    return values


def _load(path: str, content: bytes) -> np.ndarray:
    try:
        _check_announced(path, content)
        loaded = np.load(BytesIO(content), allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            return loaded
        if {'shape', 'pixels', 'depth'} <= set(loaded.files):
            return _densify(path, tuple(map(int, loaded['shape'])), loaded['pixels'],
                            loaded['depth'])
        name = 'depth' if 'depth' in loaded.files else loaded.files[0]
        if name != 'depth' and len(loaded.files) > 1:
            raise UnreadableImageError(
                path, f"several arrays ({', '.join(loaded.files)}), none named 'depth'")
        return loaded[name]
    except UnreadableImageError:
        raise
    except Exception as error:  # damaged headers and archives make it raise nearly anything
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise UnreadableImageError(path, f'truncated or not numpy data ({reason})') from None


def _check_announced(path: str, content: bytes) -> None:
    """Look at the sizes that headers announce before anything of that size is made."""
    if not content.startswith(_ZIP_START):
        _check_array(path, BytesIO(content))
        return
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.filename.endswith('.npy'):
                with archive.open(member) as file:
                    _check_array(path, file)


def _check_array(path: str, file: BinaryIO) -> None:
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else \
        np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(file)
    if math.prod(shape) > MAX_PIXELS:
        raise UnreadableImageError(
            path, f'its header says shape {shape}, more than the {MAX_PIXELS} values that are read')
    if dtype.kind not in 'biuf':
        raise UnreadableImageError(path, f'values of type {dtype}, expected numbers')


def _densify(path: str, shape: Tuple[int, ...], pixels: np.ndarray,
             values: np.ndarray) -> np.ndarray:
    fits = len(shape) == 2 and min(shape) > 0 and shape[0] * shape[1] <= MAX_PIXELS \
        and pixels.ndim == 1 and pixels.shape == values.shape and pixels.dtype.kind == 'u'
    if not fits or (len(pixels) and int(pixels.max()) >= shape[0] * shape[1]):
        raise UnreadableImageError(path, f'its pixels do not fit its size {shape}')
    depth = np.zeros(shape, dtype=np.float32)
    depth.reshape(-1)[pixels] = values
    return depth
