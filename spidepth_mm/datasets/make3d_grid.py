"""Make3D's ground truth: a grid of laser ranges in a MATLAB file."""

from __future__ import annotations

from io import BytesIO
from typing import Sequence

import numpy as np

from .errors import UnreadableImageError
from .image_io import read_bytes

GRID_KEY = 'Position3DGrid'
GRID_SHAPE = (55, 305, 4)
#: Of a grid of another scanner.
MAX_SIDE = 10_000


def read_laser_grid(path: str) -> np.ndarray:
    """Reads ``depth_sph_corr-*.mat``.

    Its ``Position3DGrid`` (55, 305, 4) holds vertical, horizontal and forward
    position and, last, the distance along the ray, which the benchmark takes
    for depth.

    Returns:
        np.ndarray: (55, 305) float32, metres, 0 where there is none.

    Raises:
        UnreadableImageError: If it is absent, truncated or holds something
            else.
    """
    # Imported here: only this benchmark needs it, and it takes a while to load.
    from scipy.io import loadmat, whosmat
    content = read_bytes(path)
    try:
        # A compressed file may unfold to any size: look at the shapes before reading.
        shapes = {name: shape for name, shape, _ in whosmat(BytesIO(content))}
        if GRID_KEY in shapes:
            _check_shape(path, shapes[GRID_KEY])
        loaded = loadmat(BytesIO(content), variable_names=[GRID_KEY])
    except UnreadableImageError:
        raise
    except Exception as error:  # damaged files make it raise nearly anything
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise UnreadableImageError(path, f'truncated, or no MATLAB file ({reason})') from None
    if GRID_KEY not in loaded:
        raise UnreadableImageError(
            path, f'no {GRID_KEY} in it, only {", ".join(sorted(shapes))[:200]}')
    grid = loaded[GRID_KEY]
    _check_shape(path, grid.shape)
    if grid.dtype.kind not in 'iuf':
        raise UnreadableImageError(path, f'{GRID_KEY} holds {grid.dtype}, expected numbers')
    with np.errstate(over='ignore'):  # beyond float32 is infinite, which is none
        ranges = grid[:, :, 3].astype(np.float32)
    return np.where(np.isfinite(ranges) & (ranges > 0), ranges, np.float32(0))


def _check_shape(path: str, shape: Sequence[int]) -> None:
    rows_and_columns_fit = len(shape) == 3 and max(shape[:2]) <= MAX_SIDE
    if not rows_and_columns_fit or shape[2] != GRID_SHAPE[2]:
        raise UnreadableImageError(
            path, f'{GRID_KEY} has shape {tuple(shape)}, expected {GRID_SHAPE}')
