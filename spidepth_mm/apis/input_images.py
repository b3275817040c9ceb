"""What a user points at, as images: files, folders, patterns, arrays, videos, webcams."""

from __future__ import annotations

import glob
import logging
import os
import os.path as osp
from collections import Counter
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Sequence, Union

import cv2
import numpy as np
from mmengine.logging import print_log

from spidepth_mm.datasets.errors import UnreadableImageError
from spidepth_mm.datasets.image_io import read_image
from spidepth_mm.datasets.image_sequence import IMAGE_SUFFIXES, natural_key
from spidepth_mm.datasets.video_frames import VIDEO_SUFFIXES

from .photo_camera import exif_focal_length


class InputError(ValueError):
    """Something that a user points at and that holds no image."""


@dataclass(frozen=True)
class VideoInfo:
    """Where a frame comes from.

    Attributes:
        path (str): The file, or 'webcam 0'.
        name (str): For files that are made of it.
        fps (float): Frames per second of playing.
        num_frames (int): As announced; 0 where that is not known.
    """

    path: str
    name: str
    fps: float
    num_frames: int


@dataclass(frozen=True)
class InputImage:
    """One image to predict.

    Attributes:
        image (np.ndarray): (H, W, 3) uint8, RGB, upright.
        name (str): Unique among the inputs; for files that are made of it.
        img_path (str): The file, 'video.mp4, frame 3', or '' for an array.
        exif_focal (float, optional): Focal length in pixels by the EXIF data.
        video (VideoInfo, optional): Where it is a frame.
    """

    image: np.ndarray
    name: str
    img_path: str = ''
    exif_focal: Optional[float] = None
    video: Optional[VideoInfo] = None


@dataclass(frozen=True)
class Failure:
    """An input that could not be used, and why."""

    img_path: str
    error: Exception

    @property
    def reason(self) -> str:
        text = str(self.error) or type(self.error).__name__
        # The path is said already.
        return text[len(self.img_path) + 2:] if text.startswith(f'{self.img_path}: ') else text


@dataclass(frozen=True)
class Source:
    """One thing to open: an image file, a video file, an array or a webcam."""

    name: str
    path: str = ''
    array: Any = None
    webcam: Optional[int] = None

    @property
    def is_video(self) -> bool:
        return self.webcam is not None or self.path.lower().endswith(VIDEO_SUFFIXES)


def find_sources(inputs: Any) -> List[Union[Source, Failure]]:
    """Everything that ``inputs`` names, in order; files of a folder by their numbers.

    Args:
        inputs: A path of an image, a video, a folder (its images and videos;
            not those of its folders), or a pattern such as ``'drive/**/*.png'``;
            an array (see :func:`to_rgb`); the index of a webcam (int); or a
            list of these.

    Returns:
        list: A :class:`Failure` for what names nothing.
    """
    items = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if not items:
        return [Failure('', InputError('There are no inputs: the list is empty.'))]
    used: Counter = Counter()
    found: List[Union[Source, Failure]] = []
    for item in items:
        found += _find(item, used)
    return found


def count_images(sources: Sequence[Union[Source, Failure]]) -> int:
    """How many images there will be, as far as videos announce it; 0 with a webcam."""
    total = 0
    for source in sources:
        if isinstance(source, Failure):
            continue
        if source.webcam is not None:
            return 0
        total += _announced_frames(source.path) if source.is_video else 1
    return total


def read_source(source: Source) -> Iterator[Union[InputImage, Failure]]:
    """The image of a source, or each frame of a video."""
    if source.is_video:
        yield from _read_video(source)
        return
    try:
        if source.array is not None:
            yield InputImage(to_rgb(source.array), source.name)
        else:
            yield InputImage(read_image(source.path), source.name, source.path,
                             exif_focal_length(source.path))
    except (OSError, ValueError, MemoryError, cv2.error) as error:
        yield Failure(source.path or source.name, error)


def to_rgb(array: Any) -> np.ndarray:
    """An image array as (H, W, 3) uint8 RGB.

    Args:
        array (np.ndarray): uint8 (H, W, 3) in BGR order, as OpenCV and mmcv
            read images. Also (H, W, 4), whose alpha is dropped, grey (H, W)
            or (H, W, 1), and uint16, whose upper byte is taken.

    Raises:
        InputError: For anything else.
    """
    if not isinstance(array, np.ndarray):
        raise InputError(f'An input is a path, an array or a webcam index, but got '
                         f'{type(array).__name__}.')
    if array.dtype == np.uint16:
        array = (array >> 8).astype(np.uint8)
    if array.dtype != np.uint8:
        nan = array.dtype.kind == 'f' and not np.isfinite(array).all()
        raise InputError(f'An image array must be uint8 (0 to 255), but got {array.dtype}'
                         f'{" with NaN or infinite values" if nan else ""}. For values from 0 to '
                         '1: (255 * image).round().astype(np.uint8).')
    channels = 1 if array.ndim == 2 else array.shape[-1] if array.ndim == 3 else 0
    if channels not in (1, 3, 4) or 0 in array.shape:
        raise InputError('An image array must be (H, W, 3) BGR, (H, W, 4) or (H, W), not empty, '
                         f'but got shape {array.shape}. Give several images as a list.')
    if channels == 1:
        return np.repeat(array.reshape(*array.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(array[..., 2::-1])


def _find(item: Any, used: Counter) -> List[Union[Source, Failure]]:
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        return [Source(_unique(f'webcam_{item}', used), webcam=int(item))]
    if not isinstance(item, (str, os.PathLike)):
        return [Source(_unique('array', used), array=item)]
    path = os.fspath(item)
    if osp.isdir(path):
        paths = [osp.join(path, name) for name in sorted(os.listdir(path), key=natural_key)
                 if name.lower().endswith(IMAGE_SUFFIXES + VIDEO_SUFFIXES)
                 and not name.startswith('.')]
        problem = (f'no images or videos in this folder ({", ".join(IMAGE_SUFFIXES)}; '
                   f'{", ".join(VIDEO_SUFFIXES)})')
    elif osp.exists(path) or not glob.has_magic(path):
        if '://' in path:
            return [Failure(path, InputError(f'{path}: URLs are not read; download it first.'))]
        paths = [path] if osp.exists(path) else []
        problem = f'no such file or folder (looked for {osp.abspath(path)})'
    else:
        paths = [name for name in sorted(glob.glob(path, recursive=True), key=natural_key)
                 if osp.isfile(name)]
        problem = 'no file matches this pattern'
    if not paths:
        return [Failure(path, InputError(f'{path}: {problem}'))]
    return [Source(_unique(osp.splitext(osp.basename(name))[0], used), name) for name in paths]


def _unique(name: str, used: Counter) -> str:
    """'a', then 'a_2': two images of one name must not overwrite each other's results."""
    # A file system may take 'A' for 'a'.
    count, candidate = max(used[name.lower()], 1), name
    while candidate.lower() in used:
        count += 1
        candidate = f'{name}_{count}'
    used[name.lower()] = count
    used.setdefault(candidate.lower(), 1)
    return candidate


def _announced_frames(path: str) -> int:
    capture = cv2.VideoCapture(path)
    try:
        return max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0) if capture.isOpened() else 0
    finally:
        capture.release()


def _read_video(source: Source) -> Iterator[Union[InputImage, Failure]]:
    is_file = source.webcam is None
    path = source.path if is_file else f'webcam {source.webcam}'
    if is_file and not osp.getsize(path):
        yield Failure(path, UnreadableImageError(path, 'zero bytes'))
        return
    capture = cv2.VideoCapture(path if is_file else source.webcam)
    try:
        if not capture.isOpened():
            problem = 'OpenCV cannot open it as a video' if is_file else 'there is no such camera'
            yield Failure(path, UnreadableImageError(path, problem))
            return
        announced = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if is_file else 0
        video = VideoInfo(path, source.name, _playing_speed(capture), max(announced, 0))
        count = 0
        while True:
            readable, frame = capture.read()
            if not readable:
                break
            yield InputImage(to_rgb(frame), f'{source.name}/{count:06d}',
                             f'{path}, frame {count}', video=video)
            count += 1
        if not count:
            yield Failure(path, UnreadableImageError(path, 'no frame can be decoded'))
        elif count < announced:
            print_log(f'{path}: {count} of {announced} announced frames can be decoded.',
                      logger='current', level=logging.WARNING)
    finally:
        capture.release()


def _playing_speed(capture: cv2.VideoCapture) -> float:
    fps = capture.get(cv2.CAP_PROP_FPS)
    # Some containers and cameras say 0, NaN or their time base.
    return fps if 0 < fps <= 240 else 25.


def describe_failures(failures: Sequence[Failure], most: int = 100) -> str:
    """A line for each of the first ``most``, for people."""
    lines = [f'  {f.img_path}: {f.reason}' if f.img_path else f'  {f.reason}'
             for f in failures[:most]]
    if len(failures) > most:
        lines.append(f'  and {len(failures) - most} more')
    return '\n'.join(lines)
