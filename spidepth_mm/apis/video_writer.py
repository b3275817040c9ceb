"""A video file that appears whole or not at all."""

from __future__ import annotations

import os
from typing import Optional, Tuple

import cv2
import numpy as np

# What OpenCV's builds can write, best first: container and codec.
_CODECS = (('.mp4', 'mp4v'), ('.avi', 'MJPG'))


class VideoWriter:
    """Writes RGB pictures as a video; its size is that of the first.

    Args:
        path (str): Where to; ``.avi`` instead where ``.mp4`` cannot be written.
        fps (float): Frames per second.
    """

    def __init__(self, path: str, fps: float) -> None:
        self.path = path
        self.fps = fps
        self._writer: Optional[cv2.VideoWriter] = None
        self._partial = ''
        self._size: Tuple[int, int] = (0, 0)

    def write(self, picture: np.ndarray) -> None:
        """Add an (H, W, 3) uint8 RGB picture.

        Raises:
            OSError: If the video cannot be written.
        """
        if self._writer is None:
            self._open(picture.shape[:2])
        height, width = self._size
        frame = np.zeros((height, width, 3), np.uint8)
        part = picture[:height, :width]
        frame[:part.shape[0], :part.shape[1]] = part
        self._writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Put the file in its place."""
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        if not os.path.isfile(self._partial) or not os.path.getsize(self._partial):
            raise OSError(f'Cannot write the video {self.path}. Is the disk full?')
        os.replace(self._partial, self.path)

    def _open(self, shape: Tuple[int, int]) -> None:
        # Codecs want even sides.
        self._size = (shape[0] + shape[0] % 2, shape[1] + shape[1] % 2)
        stem = os.path.splitext(self.path)[0]
        for suffix, codec in _CODECS:
            self._partial = f'{stem}.{os.getpid()}.part{suffix}'
            writer = cv2.VideoWriter(
                self._partial, cv2.VideoWriter_fourcc(*codec), self.fps, self._size[::-1])
            if writer.isOpened():
                self._writer, self.path = writer, stem + suffix
                return
            writer.release()
        raise OSError(f'OpenCV can write no video here ({self.path}).')
