"""The camera of a picture somebody took: given, from its EXIF data, or assumed."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, Optional, Sequence, Tuple

import numpy as np
from PIL import Image

from spidepth_mm.datasets.camera_check import cam2img_from_fov, check_cam2img

#: Field of view along the longer side of an image, degrees, where nothing is known of its camera.
ASSUMED_FOV = 60.
_FILM_DIAGONAL = math.hypot(36, 24)
_EXIF_IFD, _FOCAL, _FOCAL_35MM, _PIXEL_WIDTH = 0x8769, 0x920A, 0xA405, 0xA002
_PLANE_X_RESOLUTION, _PLANE_UNIT = 0xA20E, 0xA210
_MILLIMETRES = {2: 25.4, 3: 10., 4: 1.}


@dataclass(frozen=True)
class PhotoCamera:
    """Intrinsics and where they are from.

    Attributes:
        cam2img (np.ndarray): (3, 3) float64, pixels of the upright image.
        origin (str): For people: 'given', 'from EXIF ...' or 'assumed ...'.
    """

    cam2img: np.ndarray
    origin: str


def camera_of(size: Tuple[int, int], cam2img: Optional[Sequence] = None,
              fov_deg: Optional[float] = None, exif_focal: Optional[float] = None,
              where: str = 'the image') -> PhotoCamera:
    """The best that is known of an image's camera.

    Args:
        size (tuple): (W, H) of the upright image.
        cam2img (Sequence, optional): (3, 3), pixels of the upright image.
        fov_deg (float, optional): Horizontal field of view, degrees.
        exif_focal (float, optional): See :func:`exif_focal_length`.
        where (str): The image's name, for messages.

    Raises:
        ValueError: If ``cam2img`` cannot belong to an image of this size, or
            it and ``fov_deg`` are given.
    """
    if cam2img is not None and fov_deg is not None:
        raise ValueError('Give either cam2img or fov_deg, but got both.')
    if cam2img is not None:
        return PhotoCamera(check_cam2img(cam2img, size, where), 'given')
    if fov_deg is not None:
        return PhotoCamera(cam2img_from_fov(fov_deg, size),
                           f'from the given horizontal field of view of {fov_deg:g} degrees')
    if exif_focal is not None:
        return PhotoCamera(_centred(exif_focal, size), 'from the focal length in the EXIF data')
    focal = cam2img_from_fov(ASSUMED_FOV, (max(size), 1))[0, 0]
    return PhotoCamera(
        _centred(focal, size),
        f'assumed: a field of view of {ASSUMED_FOV:g} degrees along the longer side')


def exif_focal_length(path: str) -> Optional[float]:
    """Focal length in pixels by the EXIF data of a picture; None if they do not say.

    The 35 mm equivalent is one of equal diagonal field of view. It is as good
    as the camera's rounding to millimetres, and wrong for a cropped picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of a large picture, and of odd tags
            with Image.open(path) as picture:
                size, tags = picture.size, picture.getexif().get_ifd(_EXIF_IFD)
        equivalent = _positive(tags.get(_FOCAL_35MM))
        if equivalent:
            return equivalent * math.hypot(*size) / _FILM_DIAGONAL
        focal, density = _positive(tags.get(_FOCAL)), _positive(tags.get(_PLANE_X_RESOLUTION))
        unit, width = _MILLIMETRES.get(tags.get(_PLANE_UNIT, 2)), _positive(tags.get(_PIXEL_WIDTH))
        if focal and density and unit and width:
            # The density is the sensor's; the picture may have been resized since.
            return focal * density / unit * size[0] / width
    except Exception:  # EXIF data are written by anything; a picture is not lost for them
        pass
    return None


def _positive(value: Any) -> Optional[float]:
    number = float(value or 0)
    return number if math.isfinite(number) and number > 0 else None


def _centred(focal: float, size: Tuple[int, int]) -> np.ndarray:
    width, height = size
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.]])
