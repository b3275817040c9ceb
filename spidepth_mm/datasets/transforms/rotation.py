"""A small roll of the camera."""

from __future__ import annotations

from typing import Any, Dict

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from spidepth_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomRotate(BaseTransform):
    """Rolls the camera about its optical axis by up to ``max_degrees`` either way.

    BTS (Lee et al., 2019) rotates by up to 1 degree on KITTI, about the
    image's centre. Here it is about the principal point, where one is known,
    which makes it an exact camera motion. Frames are interpolated bilinearly
    and mirrored at their border; ground truth is taken from the nearest
    pixel, and there is none where none was seen.
    Draws from numpy's global generator, which mmengine seeds per worker.

    Args:
        max_degrees (float): In [0, 45].
    """

    def __init__(self, max_degrees: float = 1.0) -> None:
        if not 0 <= max_degrees <= 45:
            raise ValueError(f'max_degrees must lie in [0, 45], but got {max_degrees}.')
        self.max_degrees = max_degrees

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        angle = np.radians(np.random.uniform(-self.max_degrees, self.max_degrees))
        return roll_sample(results, angle)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(max_degrees={self.max_degrees})'


def roll_sample(results: Dict[str, Any], angle: float) -> Dict[str, Any]:
    """Roll all cameras of a sample by ``angle`` radians; the scene turns clockwise."""
    height, width = results['frames'][0].shape[:2]
    roll = roll_matrix(angle)
    # A roll turns rays and leaves z as it is, so depth values stay. A pixel K x goes to K R x:
    # K describes the rolled camera as well as the old one, and cam2img stays as it is.
    cam2img = results.get('cam2img')
    if cam2img is None:
        cam2img = np.array([[1., 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    new_from_old = (cam2img @ roll[:3, :3] @ np.linalg.inv(cam2img))[:2]
    changed = dict(
        frames=[cv2.warpAffine(frame, new_from_old, (width, height), flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REFLECT_101) for frame in results['frames']],
        moved_by='RandomRotate')
    # Both cameras are rolled alike: what was said of the old axes is said of the new ones.
    if 'source_from_target' in results:
        changed['source_from_target'] = roll @ results['source_from_target'] @ roll.T
    if 'world_from_target' in results:
        changed['world_from_target'] = results['world_from_target'] @ roll.T
    if 'gt_depth_map' in results:
        depth = results['gt_depth_map']
        if depth.shape != (height, width):
            raise ValueError(
                f'RandomRotate: the ground truth is {depth.shape[1]}x{depth.shape[0]} and the '
                f'frames are {width}x{height} pixels. Put LoadDepthMap before ResizeFrames.')
        changed['gt_depth_map'] = cv2.warpAffine(
            depth, new_from_old, (width, height), flags=cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return dict(results, **changed)


def roll_matrix(angle: float) -> np.ndarray:
    """(4, 4) rotation about z by ``angle`` radians, x towards y: clockwise in an image."""
    roll = np.eye(4)
    roll[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return roll
