"""Frames of a recording: a video file, or a folder of images, one after the other."""

from __future__ import annotations

import os
from typing import Iterator, List, NamedTuple, Optional, Tuple

import cv2
import numpy as np

from ..errors import UnreadableImageError
from ..image_io import read_image
from ..image_sequence import IMAGE_SUFFIXES, natural_key

#: An image that could not be used: why.
Reason = str


class Recording(NamedTuple):
    """What is known of a recording before its frames are read.

    Attributes:
        path: The video, or the folder.
        names: The images of a folder, in order; empty for a video.
        size: (W, H) of the first readable frame.
        fps: Frames a second; None if not known.
        count: How many frames there should be; 0 if not known.
    """

    path: str
    names: Tuple[str, ...]
    size: Tuple[int, int]
    fps: Optional[float]
    count: int


class Frame(NamedTuple):
    """One frame: its number in the recording and (H, W, 3) uint8 RGB, or why there is none."""

    number: int
    image: Optional[np.ndarray]
    reason: Reason = ''


def open_recording(path: str) -> Recording:
    """Looks at a video or a folder of images.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If it has no frame that can be read.
    """
    if os.path.isdir(path):
        names = image_names(path)
        if not names:
            raise ValueError(f'{path}: no images in this folder ({", ".join(IMAGE_SUFFIXES)}).')
        recording = Recording(path, tuple(names), (0, 0), None, len(names))
    elif os.path.isfile(path):
        recording = _open_video(path)
    else:
        raise FileNotFoundError(f'No such video or folder: {path} (looked for '
                                f'{os.path.abspath(path)}).')
    for frame in iter_frames(recording):
        if frame.image is not None:
            height, width = frame.image.shape[:2]
            return recording._replace(size=(width, height))
    raise ValueError(f'{path}: none of its frames can be read.')


def image_names(folder: str) -> List[str]:
    """The images of a folder in their natural order, as ImageSequenceDataset has them."""
    return sorted((name for name in os.listdir(folder)
                   if name.lower().endswith(IMAGE_SUFFIXES)), key=natural_key)


def iter_frames(recording: Recording, every: int = 1,
                fps: Optional[float] = None) -> Iterator[Frame]:
    """The frames, or some of them at equal distances.

    Args:
        recording (Recording): As opened.
        every (int): Take one of so many frames.
        fps (float, optional): Take about so many a second, of a video.

    Yields:
        Frame: Also those that cannot be read or have another size.
    """
    rate = 1 / every
    if fps is not None:
        rate = min(rate, fps / recording.fps)
    frames = _folder_frames(recording, rate) if recording.names else _video_frames(recording, rate)
    for frame in frames:
        if frame.image is not None and recording.size != (0, 0):
            height, width = frame.image.shape[:2]
            if (width, height) != recording.size:
                yield Frame(frame.number, None, 'another size')
                continue
        yield frame


def is_taken(number: int, rate: float) -> bool:
    """Whether frame ``number`` is among those at ``rate`` (0, 1] of all; the first one is."""
    # The small term keeps 1/3 of 3 from becoming 0.999...
    return number == 0 or int(number * rate + 1e-9) > int((number - 1) * rate + 1e-9)


def _open_video(path: str) -> Recording:
    capture = cv2.VideoCapture(path)
    try:
        if not capture.isOpened():
            raise ValueError(f'{path}: cannot be opened as a video. It may be damaged, or in a '
                             'coding that this OpenCV does not know; ffmpeg can turn it into '
                             'images: ffmpeg -i VIDEO FOLDER/%06d.png')
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        count = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
    finally:
        capture.release()
    return Recording(path, (), (0, 0), fps if 0 < fps < 1000 else None, count)


def _video_frames(recording: Recording, rate: float) -> Iterator[Frame]:
    capture = cv2.VideoCapture(recording.path)
    try:
        number = 0
        while capture.grab():
            if is_taken(number, rate):
                readable, image = capture.retrieve()
                if readable and image is not None:
                    yield Frame(number, cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
                else:
                    yield Frame(number, None, 'unreadable')
            number += 1
    finally:
        capture.release()


def _folder_frames(recording: Recording, rate: float) -> Iterator[Frame]:
    for number, name in enumerate(recording.names):
        if not is_taken(number, rate):
            continue
        try:
            yield Frame(number, read_image(os.path.join(recording.path, name)))
        except UnreadableImageError:
            yield Frame(number, None, 'unreadable')
