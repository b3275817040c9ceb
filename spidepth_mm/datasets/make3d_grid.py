"""Make3D's ground truth: a grid of laser ranges in a MATLAB file."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from .errors import UnreadableImageError
from .image_io import read_bytes

GRID_KEY = 'Position3DGrid'
GRID_SHAPE = (55, 305, 4)


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
    from scipy.io import loadmat
    content = read_bytes(path)
    try:
        loaded = loadmat(BytesIO(content))
    except Exception as error:  # damaged files make it raise nearly anything
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise UnreadableImageError(path, f'truncated, or no MATLAB file ({reason})') from None
    if GRID_KEY not in loaded:
        names = sorted(name for name in loaded if not name.startswith('__'))
        raise UnreadableImageError(path, f'no {GRID_KEY} in it, only {", ".join(names)}')
    grid = loaded[GRID_KEY]
    if grid.ndim != 3 or grid.shape[2] != GRID_SHAPE[2]:
        raise UnreadableImageError(
            path, f'{GRID_KEY} has shape {grid.shape}, expected {GRID_SHAPE}')
    ranges = grid[:, :, 3].astype(np.float32)
    return np.where(np.isfinite(ranges) & (ranges > 0), ranges, np.float32(0))
