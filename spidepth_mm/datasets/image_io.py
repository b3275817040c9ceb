"""Reads images, and notices when one is not whole."""

from __future__ import annotations

from typing import Optional

import cv2
import mmcv
import numpy as np
from mmengine import fileio

from .errors import UnreadableImageError

BACKENDS = ('cv2', 'pillow', 'turbojpeg')
_PNG_START, _PNG_END = b'\x89PNG\r\n\x1a\n', b'IEND\xaeB`\x82'
_JPEG_START, _JPEG_END, _JPEG_SCAN = b'\xff\xd8', b'\xff\xd9', b'\xff\xda'


def read_bytes(path: str, backend_args: Optional[dict] = None) -> bytes:
    """A file's content; UnreadableImageError if it is absent or empty."""
    try:
        content = fileio.get(path, backend_args=backend_args)
    except OSError as error:
        raise UnreadableImageError(path, error.strerror or str(error)) from None
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
        UnreadableImageError: If it is absent, empty, truncated or no image.
    """
    content = read_bytes(path, backend_args)
    if is_truncated(content):
        raise UnreadableImageError(path, f'truncated after {len(content)} bytes')
    image = _decode(content, backend)
    if image is None:
        raise UnreadableImageError(path, 'not an image, or damaged')
    return image


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
    return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
