"""Forking while OpenCV has threads."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import cv2
import numpy as np
import pytest

from spidepth_mm.utils.opencv import one_opencv_thread


def resize(side: int) -> tuple:
    return cv2.resize(np.zeros((600, 800, 3), np.uint8), (side, side)).shape


@pytest.mark.skipif('fork' not in multiprocessing.get_all_start_methods(), reason='needs fork')
def test_forked_processes_resize_after_their_parent_did():
    threads = cv2.getNumThreads()
    resize(300)  # the parent's threads are running now
    context = multiprocessing.get_context('fork')
    with one_opencv_thread(), ProcessPoolExecutor(2, context) as pool:
        assert cv2.getNumThreads() == 1
        assert list(pool.map(resize, (200, 100))) == [(200, 200, 3), (100, 100, 3)]
    assert cv2.getNumThreads() == threads
