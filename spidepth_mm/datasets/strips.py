"""Three frames side by side in one image, as SfMLearner's preprocessing stores them."""

from __future__ import annotations

import os
from typing import List, Sequence

import numpy as np

from spidepth_mm.utils.text_files import read_text

FRAMES_PER_STRIP = 3


def cut_strip(strip: np.ndarray, slots: Sequence[int], path: str) -> List[np.ndarray]:
    """Some of the frames of a strip.

    Args:
        strip (np.ndarray): (H, 3 W, 3) uint8.
        slots (Sequence[int]): Which frames, counted from the left from 0.
        path (str): For messages.

    Returns:
        list: (H, W, 3) arrays in the order of ``slots``.

    Raises:
        ValueError: If the width is no multiple of three.
    """
    height, total = strip.shape[:2]
    if total % FRAMES_PER_STRIP:
        raise ValueError(f'{path} is {total}x{height} pixels: a strip of {FRAMES_PER_STRIP} frames '
                         f'has a width that is a multiple of {FRAMES_PER_STRIP}.')
    width = total // FRAMES_PER_STRIP
    return [np.ascontiguousarray(strip[:, slot * width:(slot + 1) * width]) for slot in slots]


def read_strip_intrinsics(path: str) -> np.ndarray:
    """(3, 3) float64 of a strip's ``_cam.txt``: nine numbers, row by row.

    As SfMLearner writes them: in pixels of one frame, focal lengths and
    principal point simply multiplied by the factor of the resize.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it does not hold nine numbers.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'No intrinsics {path} beside its strip.')
    fields = read_text(path).replace(',', ' ').split()
    try:
        return np.array([float(field) for field in fields]).reshape(3, 3)
    except ValueError:
        raise ValueError(f'{path}: expected nine numbers, fx 0 cx 0 fy cy 0 0 1, separated by '
                         f'commas, but got {" ".join(fields)[:80]!r}.') from None
