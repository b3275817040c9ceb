"""Rewrites images once: as JPEG, cropped, resized. Calibration stays right."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import cv2
import numpy as np
from PIL import Image

from spidepth_mm.utils.atomic_write import write_atomically

from ..errors import UnreadableImageError
from ..image_io import read_image
from ..transforms.geometric import resize_image
from .jobs import DONE, SKIPPED, Outcome

SETTINGS_FILE = 'image_cache.json'
IMAGE_FORMATS = ('jpg', 'png')


class ImageJob(NamedTuple):
    """One image to rewrite.

    Attributes:
        source: Where it is.
        target: Where it goes; the suffix is the format.
        size: (W, H) that it must have, None for any.
        keep_rows: How many rows from the top are kept, None for all.
        scale: (W, H) that these are resized to, None for no resize.
        quality: Of a JPEG.
    """

    source: str
    target: str
    size: Optional[Tuple[int, int]]
    keep_rows: Optional[int]
    scale: Optional[Tuple[int, int]]
    quality: int


def check_copy(data_root: str, out: str, image_format: str, quality: int,
               scale: Optional[Tuple[int, int]]) -> None:
    """Raises ``ValueError`` for a copy that cannot be made so."""
    if image_format not in IMAGE_FORMATS:
        raise ValueError(f'Unknown format {image_format!r}. '
                         f'Valid formats are {", ".join(IMAGE_FORMATS)}.')
    if not 1 <= quality <= 100:
        raise ValueError(f'quality must lie in [1, 100], but got {quality}.')
    if scale is not None and min(scale) < 1:
        raise ValueError(f'scale must be a width and a height in pixels, but got {scale}.')
    if os.path.abspath(out) == os.path.abspath(data_root):
        raise ValueError('The copy needs a folder of its own.')


def convert_image(job: ImageJob) -> Outcome:
    """Rewrites one image, if that was not done before.

    A JPEG has its colours at half resolution (4:2:0), as the ones that depth
    papers train on.
    """
    if os.path.isfile(job.target):
        return Outcome(SKIPPED, job.target)
    image = read_image(job.source)
    height, width = image.shape[:2]
    if job.size is not None and (width, height) != job.size:
        raise UnreadableImageError(
            job.source, f'{width}x{height} pixels, but the others of its calibration are '
            f'{job.size[0]}x{job.size[1]}')
    if job.keep_rows is not None:
        image = image[:job.keep_rows]
    if job.scale is not None:
        image = resize_image(np.ascontiguousarray(image), job.scale)
    content = encode(image, os.path.splitext(job.target)[1], job.quality)
    os.makedirs(os.path.dirname(job.target), exist_ok=True)
    write_atomically(job.target, content)
    return Outcome(DONE, job.target)


def image_size(path: str) -> Tuple[int, int]:
    """(W, H) of an image; only its beginning is read.

    Raises:
        UnreadableImageError: If it is absent or no image.
    """
    try:
        with Image.open(path) as image:
            return image.size
    except OSError as error:
        reason = error.strerror or 'not an image, or damaged'
        raise UnreadableImageError(path, reason) from None


def encode(image: np.ndarray, suffix: str, quality: int) -> bytes:
    """(H, W, 3) uint8 RGB as the bytes of a ``.jpg`` (4:2:0) or ``.png``."""
    flags: List[int] = []
    if suffix == '.jpg':
        flags = [cv2.IMWRITE_JPEG_QUALITY, quality,
                 cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    encoded, content = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), flags)
    if not encoded:
        raise OSError(f'Cannot encode an image as {suffix}.')
    return content.tobytes()


def note_settings(out: str, settings: Dict[str, Any]) -> None:
    """Remembers how a cache was made, so that it is not completed in another way.

    Raises:
        ValueError: If ``out`` was made with other settings.
    """
    path = os.path.join(out, SETTINGS_FILE)
    settings = json.loads(json.dumps(settings))
    if os.path.isfile(path):
        with open(path, encoding='utf-8') as file:
            before = json.load(file)
        if before != settings:
            changed = [f'{key} {before.get(key)!r}' for key in settings
                       if before.get(key) != settings[key]]
            raise ValueError(f'{out!r} was made with {", ".join(changed)}. Choose another folder, '
                             'or delete that one.')
        return
    os.makedirs(out, exist_ok=True)
    write_atomically(path, (json.dumps(settings, indent=1) + '\n').encode())
