"""A video's frames as image files, extracted once."""

from __future__ import annotations

import json
import logging
import os
import shutil
from typing import Optional

import cv2
from mmengine.logging import print_log
from mmengine.utils import ProgressBar

VIDEO_SUFFIXES = ('.mp4', '.mov', '.avi', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg')
_STAMP = 'video.json'
_JPEG_QUALITY = 95


def extract_frames(video: str, folder: Optional[str] = None) -> str:
    """Writes a video's frames as ``000000.jpg`` ... unless that was done.

    The folder appears whole or not at all, so several processes may ask for
    it at once. It is written anew when the video has changed.

    Args:
        video (str): The file.
        folder (str, optional): Where to; by default ``<video>.frames``
            beside the video.

    Returns:
        str: The folder.

    Raises:
        ValueError: If the video cannot be read.
    """
    folder = frames_folder(video, folder)
    stat = os.stat(video)
    stamp = dict(video=os.path.basename(video), bytes=stat.st_size, modified=stat.st_mtime)
    if _read_stamp(folder) == stamp:
        return folder
    if os.path.isdir(folder) and os.listdir(folder) and _read_stamp(folder) is None:
        raise ValueError(f'{folder!r} holds other files: give another cache_dir for the frames '
                         f'of {video!r}.')
    partial = f'{folder}.{os.getpid()}.part'
    os.makedirs(partial)
    try:
        _write_frames(video, partial)
        with open(os.path.join(partial, _STAMP), 'w', encoding='utf-8') as file:
            json.dump(stamp, file)
        if _read_stamp(folder) != stamp:  # another process may have been quicker
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def frames_folder(video: str, folder: Optional[str] = None) -> str:
    """Where a video's frames are: ``folder``, or ``<video>.frames``."""
    return folder or video + '.frames'


def _write_frames(video: str, folder: str) -> None:
    capture = cv2.VideoCapture(video)
    try:
        if not capture.isOpened():
            raise ValueError(f'{video}: OpenCV cannot open it as a video.')
        announced = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        progress = ProgressBar(announced)
        count = 0
        while True:
            readable, frame = capture.read()
            if not readable:
                break
            path = os.path.join(folder, f'{count:06d}.jpg')
            if not cv2.imwrite(path, frame, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]):
                raise OSError(f'{path}: cannot be written. Is the disk full?')
            count += 1
            progress.update()
    finally:
        capture.release()
    if not count:
        raise ValueError(f'{video}: no frame can be decoded.')
    if count < announced:
        print_log(f'{video}: {count} of {announced} announced frames can be decoded.',
                  logger='current', level=logging.WARNING)


def _read_stamp(folder: str) -> Optional[dict]:
    try:
        with open(os.path.join(folder, _STAMP), encoding='utf-8') as file:
            return json.load(file)
    except (OSError, ValueError):
        return None
