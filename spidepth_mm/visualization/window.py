"""Pictures on the screen."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np

_ESCAPE = 27


def check_display() -> None:
    """Raises RuntimeError where there is no screen; OpenCV would end the process."""
    if sys.platform.startswith('linux') and not (
            os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')):
        raise RuntimeError('There is no screen to show pictures on (DISPLAY is not set). Write '
                           'them to files instead.')


def show_picture(title: str, picture: np.ndarray, wait_time: float = 0.) -> bool:
    """Show a picture until a key is pressed.

    Args:
        title (str): Of the window.
        picture (np.ndarray): (H, W, 3) uint8, RGB.
        wait_time (float): Seconds at the most; 0 waits for a key.

    Returns:
        bool: False if the key was q or Escape.

    Raises:
        RuntimeError: If there is no screen.
    """
    check_display()
    try:
        cv2.imshow(title, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(max(1, round(1000 * wait_time)) if wait_time else 0) & 0xFF
    except cv2.error as error:  # the build without windows, opencv-python-headless
        raise RuntimeError(f'OpenCV cannot show pictures here ({error.err or error}). Write them '
                           'to files instead.') from None
    return key not in (ord('q'), _ESCAPE)
