"""Frames, intrinsics, stereo pose and ground truth change together, or not at all.

No transform changes an array that it was given: datasets may hand out shared
ones.
"""

from __future__ import annotations

from typing import Any, Dict, Tuple, Union

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmcv.transforms import BaseTransform
from PIL import Image

from spidepth_mm.registry import TRANSFORMS

_CV2_INTERPOLATIONS = dict(
    nearest=cv2.INTER_NEAREST_EXACT,
    linear=cv2.INTER_LINEAR,
    cubic=cv2.INTER_CUBIC,
    area=cv2.INTER_AREA)
_INTERPOLATIONS = ('auto', 'antialias', *_CV2_INTERPOLATIONS, 'lanczos')
_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


@TRANSFORMS.register_module()
class ResizeFrames(BaseTransform):
    """Resizes all frames to one size, whatever their aspect ratio.

    Pixel centres lie on integers, so under a factor s: fx' = s fx and
    cx' = (cx + 0.5) s - 0.5. A ground truth that is already loaded is resized
    by nearest neighbour, so that sparse values are never blended.

    Args:
        scale (tuple): (W, H), mmcv's order.
        interpolation (str): ``'auto'`` takes ``'antialias'`` where the image
            shrinks below three quarters and ``'cubic'`` else. Also
            ``'nearest'``, ``'linear'``, ``'area'`` (OpenCV's) and
            ``'lanczos'`` (Pillow's, with antialiasing). ``'antialias'`` is
            Pillow's bicubic, computed by PyTorch's vectorised kernels. On a
            KITTI image of 1242x375 the mean difference to ``'lanczos'``, in
            grey levels of 255, was: to 1024x320 antialias 0.7, cubic 0.7,
            linear 1.5, area 1.6; to 640x192 antialias 1.0, area 1.8, linear
            2.2, cubic 3.0. Lanczos takes 6 times as long as antialias.
    """

    def __init__(self, scale: Tuple[int, int], interpolation: str = 'auto') -> None:
        scale = tuple(scale)
        if len(scale) != 2 or any(int(side) != side or side < 1 for side in scale):
            raise ValueError(f'scale must be (W, H) in whole pixels, but got {scale}.')
        if interpolation not in _INTERPOLATIONS:
            raise ValueError(f'Unknown interpolation {interpolation!r}. '
                             f'Valid interpolations are {", ".join(_INTERPOLATIONS)}.')
        self.scale = (int(scale[0]), int(scale[1]))
        self.interpolation = interpolation

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        width, height = self.scale
        old_height, old_width = results['frames'][0].shape[:2]
        changed = dict(
            frames=[resize_image(frame, self.scale, self.interpolation)
                    for frame in results['frames']],
            img_shape=(height, width))
        if 'cam2img' in results:
            changed['cam2img'] = resize_cam2img(
                results['cam2img'], width / old_width, height / old_height)
        if 'gt_depth_map' in results:
            changed['gt_depth_map'] = resize_depth(results['gt_depth_map'], self.scale)
        return dict(results, **changed)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(scale={self.scale}, interpolation={self.interpolation!r})'


@TRANSFORMS.register_module()
class FlipFrames(BaseTransform):
    """Mirrors a whole sample left to right, with probability ``prob``.

    cx' = W - 1 - cx, and ``source_from_target`` becomes M T M with
    M = diag(-1, 1, 1, 1): the stereo partner changes sides. A known pose,
    ``world_from_target``, is mirrored with its world. Adds ``flip``.
    Draws from numpy's global generator, which mmengine seeds per worker.

    Args:
        prob (float): In [0, 1].
    """

    def __init__(self, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must lie in [0, 1], but got {prob}.')
        self.prob = prob

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        if not np.random.random() < self.prob:
            return dict(results, flip=results.get('flip', False))
        width = results['frames'][0].shape[1]
        changed = dict(
            frames=[cv2.flip(frame, 1) for frame in results['frames']],
            flip=not results.get('flip', False))
        if 'cam2img' in results:
            changed['cam2img'] = flip_cam2img(results['cam2img'], width)
        for key in ('source_from_target', 'world_from_target'):
            if key in results:
                changed[key] = _MIRROR @ results[key] @ _MIRROR
        if 'gt_depth_map' in results:
            changed['gt_depth_map'] = np.ascontiguousarray(results['gt_depth_map'][:, ::-1])
        return dict(results, **changed)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob})'


@TRANSFORMS.register_module()
class CropFrames(BaseTransform):
    """Removes margins.

    What is left is from then on the image that a prediction is made for:
    ``ori_shape`` is cropped with the frames (in proportion, if they were
    resized before).

    Args:
        top, bottom, left, right (int or float): Pixels (int) or a fraction of
            the side in [0, 1) (float) to remove. ``bottom=0.25`` removes the
            ego vehicle of Cityscapes.
    """

    def __init__(self, top: Union[int, float] = 0, bottom: Union[int, float] = 0,
                 left: Union[int, float] = 0, right: Union[int, float] = 0) -> None:
        self.margins = dict(top=top, bottom=bottom, left=left, right=right)
        for name, margin in self.margins.items():
            if margin < 0 or (isinstance(margin, float) and margin >= 1):
                raise ValueError(f'{name} must be whole pixels >= 0 or a fraction in [0, 1), '
                                 f'but got {margin!r}.')

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        height, width = results['frames'][0].shape[:2]
        top, bottom = _pixels(self.margins['top'], height), _pixels(self.margins['bottom'], height)
        left, right = _pixels(self.margins['left'], width), _pixels(self.margins['right'], width)
        if top + bottom >= height or left + right >= width:
            raise ValueError(f'Nothing is left of {results.get("img_path", "the image")}: '
                             f'margins {self.margins} of {width}x{height} pixels.')
        window = (slice(top, height - bottom), slice(left, width - right))
        changed = dict(
            frames=[np.ascontiguousarray(frame[window]) for frame in results['frames']],
            img_shape=(height - top - bottom, width - left - right))
        if 'ori_shape' in results:
            changed['ori_shape'] = tuple(
                round(original * now / before) for original, now, before in zip(
                    results['ori_shape'], changed['img_shape'], (height, width)))
        if 'cam2img' in results:
            changed['cam2img'] = crop_cam2img(results['cam2img'], left, top)
        if 'gt_depth_map' in results:
            depth = results['gt_depth_map']
            if depth.shape != (height, width):
                raise ValueError(f'The ground truth is {depth.shape[1]}x{depth.shape[0]} and the '
                                 f'frames are {width}x{height} pixels: crop before resizing, or '
                                 'load the ground truth after cropping.')
            changed['gt_depth_map'] = np.ascontiguousarray(depth[window])
        return dict(results, **changed)

    def __repr__(self) -> str:
        margins = ', '.join(f'{name}={margin}' for name, margin in self.margins.items())
        return f'{type(self).__name__}({margins})'


def resize_image(image: np.ndarray, scale: Tuple[int, int],
                 interpolation: str = 'auto') -> np.ndarray:
    """(H, W, 3) uint8 to ``scale`` = (W, H)."""
    height, width = image.shape[:2]
    if interpolation == 'lanczos':
        return np.array(Image.fromarray(image).resize(scale, Image.LANCZOS))
    if interpolation == 'auto':
        shrinks = min(scale[0] / width, scale[1] / height) < 0.75
        interpolation = 'antialias' if shrinks else 'cubic'
    if interpolation == 'antialias':
        pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
        resized = F.interpolate(pixels, scale[::-1], mode='bicubic', antialias=True)
        return resized[0].permute(1, 2, 0).contiguous().numpy()
    return cv2.resize(image, scale, interpolation=_CV2_INTERPOLATIONS[interpolation])


def resize_depth(depth: np.ndarray, scale: Tuple[int, int]) -> np.ndarray:
    """(H, W) to ``scale`` = (W, H), each pixel a copy of the one nearest to its centre."""
    rows = _nearest(depth.shape[0], scale[1])
    cols = _nearest(depth.shape[1], scale[0])
    return depth[rows[:, None], cols]


def resize_cam2img(cam2img: np.ndarray, scale_x: float, scale_y: float) -> np.ndarray:
    """(3, 3) intrinsics of the image resized by two factors (new / old size)."""
    # Pixel centres on integers: the image's corner lies at -0.5.
    new_from_old = np.array([[scale_x, 0, 0.5 * scale_x - 0.5],
                             [0, scale_y, 0.5 * scale_y - 0.5],
                             [0, 0, 1.0]])
    return new_from_old @ cam2img


def flip_cam2img(cam2img: np.ndarray, width: int) -> np.ndarray:
    """(3, 3) intrinsics of the image mirrored left to right, x pointing right again."""
    flipped = np.array(cam2img, dtype=np.float64)
    flipped[0, 1] = -flipped[0, 1]
    flipped[0, 2] = width - 1 - flipped[0, 2]
    return flipped


def crop_cam2img(cam2img: np.ndarray, left: int, top: int) -> np.ndarray:
    """(3, 3) intrinsics of the image without its first columns and rows."""
    cropped = np.array(cam2img, dtype=np.float64)
    cropped[:2, 2] -= (left, top)
    return cropped


def _nearest(old: int, new: int) -> np.ndarray:
    return np.minimum(((np.arange(new) + 0.5) * (old / new)).astype(np.int64), old - 1)


def _pixels(margin: Union[int, float], side: int) -> int:
    return round(margin * side) if isinstance(margin, float) else margin
