"""From paths to pixels."""

from __future__ import annotations

import os
from typing import Any, Dict, Optional

import numpy as np
from mmcv.transforms import BaseTransform

from spidepth_mm.registry import TRANSFORMS

from ..camera_check import check_camera_size
from ..depth_io import PNG_SCALE, depth_from_disparity, read_depth, read_disparity
from ..errors import UnequalFramesError
from ..image_io import BACKENDS, read_image
from ..strips import cut_strip
from ..velodyne import DEPTH_KINDS, project_scan, read_scan


@TRANSFORMS.register_module()
class LoadFrames(BaseTransform):
    """Reads the target and its sources.

    Reads ``img_path`` and ``source_paths``; adds ``frames``, a list of
    (H, W, 3) uint8 RGB arrays, target first, and ``stored_shape``,
    ``ori_shape`` and ``img_shape``, all (H, W): of the files, of the image
    that a prediction is made for, and of the frames as they are now. Where
    ``strip_slots`` says so, all frames lie side by side in ``img_path``.

    Args:
        imdecode_backend (str): ``'cv2'``, ``'pillow'`` or ``'turbojpeg'``.
        backend_args (dict, optional): For mmengine's file backend.

    Raises:
        UnreadableImageError: If a frame is absent, empty or damaged.
        UnequalFramesError: If a sample's frames differ in size. In training
            it is passed over as a damaged one, unless there are many.
        ValueError: If they are not of the ``camera_size`` that a dataset
            knows its ``cam2img`` to be for.
    """

    def __init__(self, imdecode_backend: str = 'cv2', backend_args: Optional[dict] = None) -> None:
        if imdecode_backend not in BACKENDS:
            raise ValueError(f'Unknown imdecode_backend {imdecode_backend!r}. '
                             f'Valid backends are {", ".join(BACKENDS)}.')
        self.imdecode_backend = imdecode_backend
        self.backend_args = backend_args

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        paths = [results['img_path'], *results.get('source_paths', ())]
        if 'strip_slots' in results:
            strip = self._read(paths[0])
            frames = cut_strip(strip, results['strip_slots'], paths[0])
        else:
            frames = [self._read(path) for path in paths]
        shape = frames[0].shape[:2]
        for path, frame in zip(paths, frames):
            if frame.shape[:2] != shape:
                raise UnequalFramesError(
                    path, f'is {frame.shape[1]}x{frame.shape[0]} pixels, but its target '
                    f'{paths[0]} is {shape[1]}x{shape[0]}. All frames of a sample must have '
                    'one size.')
        check_camera_size(results.get('camera_size'), shape, paths[0])
        return dict(results, frames=frames, stored_shape=shape, ori_shape=shape, img_shape=shape)

    def _read(self, path: str) -> np.ndarray:
        return read_image(path, self.imdecode_backend, self.backend_args)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(imdecode_backend={self.imdecode_backend!r})'


@TRANSFORMS.register_module()
class LoadDepthMap(BaseTransform):
    """Reads ``depth_map_path`` where the sample has one.

    Adds ``gt_depth_map``, (H, W) float32 metres, 0 = none, at its own
    resolution: put this before :class:`ResizeFrames` and :class:`FlipFrames`
    to have it follow them (training), after :class:`ResizeFrames` to keep it
    as stored (testing). A ``.bin`` is projected with the sample's
    ``image_from_velodyne`` to the size of the stored image. A sample with
    ``disparity_to_depth`` (metres times pixels) has a Cityscapes disparity.

    Args:
        png_scale (float): Values per metre in a 16-bit PNG.
        depth_kind (str): For a ``.bin`` of a sample that does not say:
            ``'velodyne_x'`` or ``'camera_z'``.
        required (bool): Whether a sample without ground truth is an error.
    """

    def __init__(self, png_scale: float = PNG_SCALE, depth_kind: str = 'velodyne_x',
                 required: bool = False) -> None:
        if png_scale <= 0:
            raise ValueError(f'png_scale must be positive, but got {png_scale}.')
        if depth_kind not in DEPTH_KINDS:
            raise ValueError(f'Unknown depth_kind {depth_kind!r}. '
                             f'Valid kinds are {", ".join(DEPTH_KINDS)}.')
        self.png_scale = png_scale
        self.depth_kind = depth_kind
        self.required = required

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        _check_not_moved('LoadDepthMap', results)
        path = results.get('depth_map_path')
        if not path:
            if self.required:
                raise ValueError(f'{results.get("img_path")} has no ground truth. Set '
                                 'require_depth=True in the dataset to leave such samples out.')
            return results
        return dict(results, gt_depth_map=self._read(path, results))

    def _read(self, path: str, results: Dict[str, Any]) -> np.ndarray:
        if 'disparity_to_depth' in results:
            return depth_from_disparity(read_disparity(path), results['disparity_to_depth'])
        if os.path.splitext(path)[1].lower() != '.bin':
            return read_depth(path, self.png_scale)
        shape = results.get('stored_shape', results.get('ori_shape'))
        if 'image_from_velodyne' not in results or shape is None:
            raise ValueError(f'{path}: a Velodyne scan needs image_from_velodyne (from the '
                             "dataset) and the image's size (from LoadFrames, before).")
        return project_scan(
            read_scan(path), results['image_from_velodyne'], shape,
            results.get('depth_kind', self.depth_kind))

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(png_scale={self.png_scale}, '
                f'depth_kind={self.depth_kind!r}, required={self.required})')


@TRANSFORMS.register_module()
class LoadDynamicMask(BaseTransform):
    """Reads ``dynamic_mask_path`` where the sample has one.

    Adds ``gt_dynamic_mask``, (H, W) bool, True on what moves by itself, at
    its own resolution, which must be that of the ground truth. For
    ``DepthMetric(extra=['hole_rate'])``, so for testing: the transforms that
    change frames do not change it. Put it beside :class:`LoadDepthMap`, after
    :class:`ResizeFrames`.

    The file is an 8-bit image, 0 where nothing moves.

    Raises:
        UnreadableImageError: If the file is absent or damaged.
    """

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        _check_not_moved('LoadDynamicMask', results)
        path = results.get('dynamic_mask_path')
        if not path:
            return results
        return dict(results, gt_dynamic_mask=read_image(path).any(axis=-1))

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'


def _check_not_moved(name: str, results: Dict[str, Any]) -> None:
    """What is loaded too late would not follow the frames."""
    if 'flip' in results:
        raise ValueError(f'{name} comes after FlipFrames, so the ground truth would not '
                         'be flipped with the frames. Put it before.')
    if 'moved_by' in results:
        raise ValueError(f'{name} comes after {results["moved_by"]}, so the ground '
                         'truth would not be moved with the frames. Put it before.')
