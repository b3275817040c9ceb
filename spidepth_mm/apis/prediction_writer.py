"""Predictions as files: pictures, depth maps, point clouds, videos."""

from __future__ import annotations

import io
import json
import os
import os.path as osp
import tempfile
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from spidepth_mm.datasets.depth_io import PNG_SCALE, write_depth_png
from spidepth_mm.utils.atomic_write import write_atomically
from spidepth_mm.visualization import (
    draw_depth,
    ply_bytes,
    point_cloud,
    smooth_limits,
    write_picture,
)

from .input_images import Failure
from .photo_camera import PhotoCamera, camera_of
from .video_writer import VideoWriter

#: Metres (or units) beyond which a 16-bit PNG has no value.
PNG_MAX_DEPTH = 65535 / PNG_SCALE
INDEX = 'predictions.json'
UNITS = {'metric': 'metre', 'stereo': 'metre', 'unknown': 'unknown'}


class PredictionWriter:
    """Writes predictions below a folder, whole files or none.

    - ``vis/NAME.png``: image and depth side by side, with a legend;
      ``vis/NAME.mp4`` for a video.
    - ``depth_png/NAME.png``: 16 bit, KITTI's coding: value / 256 is the depth,
      0 is none. A depth beyond 255.99 has no code and becomes "none"; the
      index counts them. Of a model of unknown scale the values are in the
      model's own unit.
    - ``depth_npy/NAME.npy``: float32 (H, W), 0 is none.
    - ``ply/NAME.ply``: coloured points, x right, y down, z forward.
    - ``predictions.json``: for each image its path, scale, unit, range, camera
      and files, and what failed.

    NAME is the input's file name; frames of a video lie in a folder of its name.

    Args:
        out_dir (str): The folder; made where absent.
        save_vis, save_png, save_npy, save_ply (bool): What is written.
        cam2img (Sequence, optional): (3, 3), pixels of the upright images; for
            point clouds. Else the EXIF data say it, else it is assumed.
        fov_deg (float, optional): Horizontal field of view instead.

    Raises:
        OSError: If the folder cannot be written.
    """

    def __init__(self, out_dir: str, save_vis: bool = True, save_png: bool = False,
                 save_npy: bool = False, save_ply: bool = False,
                 cam2img: Optional[Sequence] = None, fov_deg: Optional[float] = None) -> None:
        self.out_dir = os.fspath(out_dir)
        self.save = dict(vis=save_vis, depth_png=save_png, depth_npy=save_npy, ply=save_ply)
        self.cam2img = cam2img
        self.fov_deg = fov_deg
        self.records: List[Dict[str, Any]] = []
        self.failures: List[Failure] = []
        self.num_too_far = 0
        self._video: Optional[Tuple[str, VideoWriter]] = None
        self._limits: Optional[Tuple[float, float]] = None
        if cam2img is not None and fov_deg is not None:
            raise ValueError('Give either cam2img or fov_deg, but got both.')
        check_writable(self.out_dir)

    def add(self, result: Any) -> Union[Dict[str, Any], Failure]:
        """Write one result of ``DepthInferencer.stream``.

        Returns:
            dict | Failure: Its record in the index, or why there is none.
        """
        if not isinstance(result, Failure):
            try:
                record = self._write(result)
                self.records.append(record)
                return record
            except (OSError, ValueError) as error:
                result = Failure(result.input.img_path or result.input.name, error)
        self.failures.append(result)
        return result

    def close(self) -> None:
        """Finish the video, and write the index."""
        self._end_video()
        index = dict(
            predictions=self.records,
            failures=[dict(img_path=f.img_path, reason=f.reason) for f in self.failures])
        write_atomically(osp.join(self.out_dir, INDEX), json.dumps(index, indent=2).encode())

    def __enter__(self) -> PredictionWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def _write(self, prediction: Any) -> Dict[str, Any]:
        item, depth = prediction.input, prediction.depth
        known = depth[depth > 0]
        record = dict(
            img_path=item.img_path, name=item.name, scale_type=prediction.scale_type,
            unit=UNITS[prediction.scale_type], height=depth.shape[0], width=depth.shape[1],
            depth_range=[float(known.min()), float(known.max())] if known.size else None, files={})
        files = record['files']
        if self._video and (item.video is None or self._video[0] != item.video.name):
            self._end_video()
        if self.save['vis']:
            files['vis'] = self._write_picture(prediction)
        if self.save['depth_png']:
            files['depth_png'] = path = self._path('depth_png', item, '.png')
            too_far = depth > PNG_MAX_DEPTH
            write_depth_png(path, np.where(too_far, 0, depth))
            record.update(png_scale=PNG_SCALE, num_too_far=int(too_far.sum()))
            self.num_too_far += record['num_too_far']
        if self.save['depth_npy']:
            files['depth_npy'] = path = self._path('depth_npy', item, '.npy')
            content = io.BytesIO()
            np.save(content, depth)
            write_atomically(path, content.getvalue())
        if self.save['ply']:
            files['ply'] = path = self._path('ply', item, '.ply')
            camera = camera_of((depth.shape[1], depth.shape[0]), self.cam2img, self.fov_deg,
                               item.exif_focal, item.img_path or item.name)
            write_atomically(path, cloud_file(prediction, camera))
            record.update(cam2img=camera.cam2img.tolist(), camera=camera.origin)
        return record

    def _write_picture(self, prediction: Any) -> str:
        item = prediction.input
        if item.video is None:
            path = self._path('vis', item, '.png')
            write_picture(path, draw_depth(item.image, prediction.depth, prediction.scale_type))
            return path
        self._limits = smooth_limits(prediction.depth, self._limits)
        picture = draw_depth(item.image, prediction.depth, prediction.scale_type, self._limits)
        if self._video is None:
            path = osp.join(self.out_dir, 'vis', f'{item.video.name}.mp4')
            self._check_target(path, item.video.path)
            self._video = (item.video.name, VideoWriter(path, item.video.fps))
        self._video[1].write(picture)
        return self._video[1].path

    def _end_video(self) -> None:
        video, self._video, self._limits = self._video, None, None
        if video:
            video[1].close()

    def _path(self, kind: str, item: Any, suffix: str) -> str:
        path = osp.join(self.out_dir, kind, *item.name.split('/')) + suffix
        self._check_target(path, item.img_path)
        return path

    def _check_target(self, path: str, source: str) -> None:
        os.makedirs(osp.dirname(path), exist_ok=True)
        if osp.exists(path) and osp.exists(source) and osp.samefile(path, source):
            raise OSError(f'{path} is the input itself, which would be lost. Give another output '
                          'folder.')


def cloud_file(prediction: Any, camera: PhotoCamera) -> bytes:
    """The content of a ``.ply`` file, whose comments say unit, axes and camera."""
    points, colors = point_cloud(prediction.input.image, prediction.depth, camera.cam2img)
    focal = camera.cam2img[0, 0]
    return ply_bytes(points, colors, [
        f'unit: {UNITS[prediction.scale_type]} (scale: {prediction.scale_type})',
        'axes: x right, y down, z forward (camera)',
        f'camera: {camera.origin}; fx = {focal:.1f} pixels'])


def check_writable(folder: Union[str, os.PathLike]) -> None:
    """Raises OSError, with the reason, where files cannot be written into a folder."""
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f'Cannot write into the output folder {os.fspath(folder)!r}: '
                      f'{error.strerror or error}. Give another one.') from None
