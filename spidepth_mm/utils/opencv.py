"""OpenCV beside processes of one's own."""

from contextlib import contextmanager
from typing import Iterator

import cv2


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """OpenCV without threads of its own, for processes that are forked meanwhile.

    Set before the processes are forked, because to change it in a fork whose
    parent has used those threads waits for them for ever.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
