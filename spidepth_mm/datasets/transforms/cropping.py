"""Windows of a fixed size: KITTI's benchmark crop, and random crops for training."""

from __future__ import annotations

from typing import Any, Dict, Tuple

import numpy as np
from mmcv.transforms import BaseTransform

from spidepth_mm.registry import TRANSFORMS

from .geometric import crop_cam2img


@TRANSFORMS.register_module()
class KBCrop(BaseTransform):
    """The window that all KITTI images have in common, at the bottom and centred.

    First row H - h, first column (W - w) / 2, rounded down. The crop of
    KITTI's depth completion benchmark (Uhrig et al., "Sparsity Invariant
    CNNs", 3DV 2017), in which BTS (Lee et al., 2019) and its successors
    train with ground truth.

    Args:
        size (tuple): (W, H), the order of :class:`ResizeFrames`.
        restore (bool): False, for training: from then on the window is the
            image, and the ground truth is cropped with it. True, for testing:
            predictions are put back into the whole image (``crop_window`` =
            (top, left, h, w) tells ``SupervisedDepthEstimator`` how), because
            a protocol's own crop counts from the whole image's corner. The
            ground truth stays whole: load it afterwards.

    Raises:
        ValueError: If an image is smaller than the window.
    """

    def __init__(self, size: Tuple[int, int] = (1216, 352), restore: bool = False) -> None:
        self.size = _checked_size(size)
        self.restore = restore

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        height, width = _checked_shape(results, self.size)
        top, left = height - self.size[1], (width - self.size[0]) // 2
        if not self.restore:
            return crop_sample(results, top, left, self.size, type(self).__name__)
        if 'gt_depth_map' in results:
            raise ValueError('KBCrop(restore=True) comes after LoadDepthMap, but predictions are '
                             'for the whole image. Put it before, or train with restore=False.')
        if tuple(results.get('ori_shape', (height, width))) != (height, width):
            raise ValueError('KBCrop(restore=True) must come before ResizeFrames and other crops.')
        cropped = crop_sample(results, top, left, self.size, type(self).__name__)
        if 'moved_by' not in results:
            cropped.pop('moved_by')  # the ground truth stays whole, on purpose
        return dict(cropped, ori_shape=(height, width),
                    crop_window=(top, left, self.size[1], self.size[0]))

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size}, restore={self.restore})'


@TRANSFORMS.register_module()
class RandomCropFrames(BaseTransform):
    """A window anywhere in the image, the same for all frames and the ground truth.

    Draws from numpy's global generator, which mmengine seeds per worker.

    Args:
        size (tuple): (W, H), the order of :class:`ResizeFrames`.

    Raises:
        ValueError: If an image is smaller than the window.
    """

    def __init__(self, size: Tuple[int, int]) -> None:
        self.size = _checked_size(size)

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        height, width = _checked_shape(results, self.size)
        top = np.random.randint(height - self.size[1] + 1)
        left = np.random.randint(width - self.size[0] + 1)
        return crop_sample(results, top, left, self.size, type(self).__name__)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size})'


def crop_sample(results: Dict[str, Any], top: int, left: int, size: Tuple[int, int],
                name: str) -> Dict[str, Any]:
    """Frames, ``cam2img`` and a loaded ground truth in the window of ``size`` = (W, H).

    A ground truth loaded later would not fit, which ``moved_by`` = ``name``
    tells :class:`LoadDepthMap`.
    """
    width, height = size
    shape = results['frames'][0].shape[:2]
    window = (slice(top, top + height), slice(left, left + width))
    changed = dict(
        frames=[np.ascontiguousarray(frame[window]) for frame in results['frames']],
        img_shape=(height, width), ori_shape=(height, width),
        moved_by=results.get('moved_by', name))
    if 'cam2img' in results:
        changed['cam2img'] = crop_cam2img(results['cam2img'], left, top)
    if 'gt_depth_map' in results:
        depth = results['gt_depth_map']
        if depth.shape != shape:
            raise ValueError(
                f'{name}: the ground truth is {depth.shape[1]}x{depth.shape[0]} and the frames '
                f'are {shape[1]}x{shape[0]} pixels. Put LoadDepthMap before ResizeFrames.')
        changed['gt_depth_map'] = np.ascontiguousarray(depth[window])
    return dict(results, **changed)


def _checked_size(size: Tuple[int, int]) -> Tuple[int, int]:
    size = tuple(size)
    if len(size) != 2 or any(int(side) != side or side < 1 for side in size):
        raise ValueError(f'size must be (W, H) in whole pixels, but got {size}.')
    return int(size[0]), int(size[1])


def _checked_shape(results: Dict[str, Any], size: Tuple[int, int]) -> Tuple[int, int]:
    height, width = results['frames'][0].shape[:2]
    if width < size[0] or height < size[1]:
        raise ValueError(
            f'{results.get("img_path", "The image")} has {width}x{height} pixels (width x '
            f'height), less than the window of {size[0]}x{size[1]}. Take a smaller size.')
    return height, width
