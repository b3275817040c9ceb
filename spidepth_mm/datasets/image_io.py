"""Reads images, and notices when one is not whole."""

from __future__ import annotations

import os
import stat
import warnings
from io import BytesIO
from typing import Optional, Tuple

import cv2
import mmcv
import numpy as np
from mmengine import fileio
from PIL import Image

from .errors import UnreadableImageError

BACKENDS = ('cv2', 'pillow', 'turbojpeg')
#: Of one image. A file of kilobytes can hold gigabytes of one colour. The largest cameras have
#: 150 million; PIL refuses beyond this.
MAX_PIXELS = 178_956_970
#: Of one file of any kind: a scan has 2 MB, an uncompressed image of MAX_PIXELS 0.5 GB.
MAX_FILE_BYTES = 2**31
_PNG_START, _PNG_END = b'\x89PNG\r\n\x1a\n', b'IEND\xaeB`\x82'
_JPEG_START, _JPEG_END, _JPEG_SCAN = b'\xff\xd8', b'\xff\xd9', b'\xff\xda'


def read_bytes(path: str, backend_args: Optional[dict] = None) -> bytes:
    """A file's content; UnreadableImageError if it is absent, empty, huge or no file at all."""
    try:
        if os.path.exists(path):  # else the file backend knows what it is
            status = os.stat(path)
            # A device or a pipe may never end.
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableImageError(path, 'not a regular file')
            if status.st_size > MAX_FILE_BYTES:
                raise UnreadableImageError(
                    path, f'{status.st_size} bytes, more than the {MAX_FILE_BYTES} of any image')
        content = fileio.get(path, backend_args=backend_args)
    except UnreadableImageError:
        raise
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        reason = getattr(error, 'strerror', None) or str(error)
        raise UnreadableImageError(path, reason) from None
    if not content:
        raise UnreadableImageError(path, 'zero bytes')
    return content


def read_image(path: str, backend: str = 'cv2', backend_args: Optional[dict] = None) -> np.ndarray:
    """Reads a colour or grey image; grey becomes three equal channels.

    Args:
        path (str): The file, or what mmengine's file backends understand.
        backend (str): Decoder, one of :data:`BACKENDS`.
        backend_args (dict, optional): For the file backend.

    Returns:
        np.ndarray: (H, W, 3) uint8, RGB.

    Raises:
        UnreadableImageError: If it is absent, empty, truncated, no image, or
            has more than :data:`MAX_PIXELS`.
    """
    content = read_bytes(path, backend_args)
    if is_truncated(content):
        raise UnreadableImageError(path, f'truncated after {len(content)} bytes')
    check_pixels(path, content)
    image = _decode(content, backend)
    if image is None:
        raise UnreadableImageError(path, 'not an image, or damaged')
    return image


def check_pixels(path: str, content: bytes) -> None:
    """Raises UnreadableImageError if a picture's header announces more than it may have."""
    size = announced_size(content)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise UnreadableImageError(
            path, f'its header says {size[0]}x{size[1]} pixels, more than the {MAX_PIXELS} that '
            'are read: damaged, or made to fill the memory')


def announced_size(content: bytes) -> Optional[Tuple[int, int]]:
    """(W, H) by a picture's header; None if that is not understood."""
    if content.startswith(_PNG_START):  # most are, and need no library
        return (int.from_bytes(content[16:20], 'big'), int.from_bytes(content[20:24], 'big'))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', Image.DecompressionBombWarning)  # at half of our limit
            with Image.open(BytesIO(content)) as image:
                return image.size
    except Image.DecompressionBombError:
        return MAX_PIXELS, 2  # it does not say how many
    except Exception:  # whatever a damaged header makes its readers stumble on
        return None


def is_truncated(content: bytes) -> bool:
    """Whether a PNG or JPEG lacks its end.

    Decoders do not agree here: some fill what is missing with grey and only
    print a warning, which would then be trained on.
    """
    if content.startswith(_PNG_START):
        return _PNG_END not in content[-4096:] and _PNG_END not in content
    if content.startswith(_JPEG_START):
        # Embedded thumbnails, which come before the scan, have ends of their own.
        scan = _first_scan(content)
        return scan < 0 or content.find(_JPEG_END, scan) < 0
    return False


def _first_scan(content: bytes) -> int:
    """Offset of a JPEG's first start-of-scan marker, -1 if there is none."""
    position = 2
    while position + 4 <= len(content):
        if content[position] != 0xFF:
            return -1
        if content[position + 1] == 0xFF:  # fill byte
            position += 1
            continue
        if content[position:position + 2] == _JPEG_SCAN:
            return position
        position += 2 + int.from_bytes(content[position + 2:position + 4], 'big')
    return -1


def _decode(content: bytes, backend: str) -> Optional[np.ndarray]:
    if backend != 'cv2':
        try:
            return mmcv.imfrombytes(content, flag='color', backend=backend, channel_order='rgb')
        except (OSError, ValueError, SyntaxError):
            return None
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if image is None:
        return None
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
