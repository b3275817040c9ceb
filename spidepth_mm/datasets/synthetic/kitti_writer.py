"""Writes drives, calibration and splits as KITTI's raw recordings are laid out."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterable, List, Sequence, Tuple

import cv2
import numpy as np

from ..kitti_paths import MOVING_MASKS
from .calibration import Calibration
from .renderer import Picture

DATE = '2011_09_26'
_LARGEST_DEPTH = 65535 / 256


def drive_folder(number: int) -> str:
    """Path of a drive under the root."""
    return f'{DATE}/{DATE}_drive_{number:04d}_sync'


def write_drive(folder: Path, frames: Iterable[Tuple[Picture, Picture, np.ndarray]],
                poses: np.ndarray, on_frame: Callable[[], None]) -> None:
    """Writes both colour cameras, scans, dense depth, moving masks and poses of one drive.

    Args:
        folder: the drive's folder; created.
        frames: (left picture, right picture, scan (N, 4)) of each frame.
        poses: (F, 4, 4) world from left camera.
        on_frame: called after each frame.
    """
    depth_root = folder / 'proj_depth' / 'groundtruth'
    for index, (left, right, points) in enumerate(frames):
        name = f'{index:010d}'
        for camera, picture in (('image_02', left), ('image_03', right)):
            _write_png(folder / camera / 'data' / f'{name}.png', picture.image[..., ::-1])
            _write_png(depth_root / camera / f'{name}.png', encode_depth(picture.depth))
            _write_png(folder / MOVING_MASKS / camera / f'{name}.png',
                       picture.moving * np.uint8(255))
        path = folder / 'velodyne_points' / 'data' / f'{name}.bin'
        path.parent.mkdir(parents=True, exist_ok=True)
        points.tofile(path)
        on_frame()
    first_from_world = np.linalg.inv(poses[0])
    rows = [' '.join(f'{value:.9e}' for value in (first_from_world @ pose)[:3].ravel())
            for pose in poses]
    _write_text(folder / 'poses.txt', '\n'.join(rows) + '\n')


def encode_depth(depth: np.ndarray) -> np.ndarray:
    """Metres to uint16 of 1/256 m; what does not fit, like the sky, is 0."""
    fits = (depth > 0) & (depth <= _LARGEST_DEPTH)
    return np.where(fits, np.maximum(np.rint(depth * 256), 1), 0).astype(np.uint16)


def write_calibration(root: Path, calibration: Calibration) -> None:
    """Writes the two calibration files of the recording day."""
    folder = root / DATE
    _write_text(folder / 'calib_cam_to_cam.txt', calibration.cam_to_cam_text())
    _write_text(folder / 'calib_velo_to_cam.txt', calibration.velo_to_cam_text())


def write_split(root: Path, name: str, drives: Sequence[int], num_frames: int,
                sides: Sequence[str]) -> None:
    """Writes ``splits/<name>.txt``: folder, frame, side; frames that have both neighbours."""
    lines: List[str] = [f'{drive_folder(drive)} {index} {side}' for drive in drives
                        for side in sides for index in range(1, num_frames - 1)]
    _write_text(root / 'splits' / f'{name}.txt', '\n'.join(lines) + '\n')


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _write_png(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 1]):
        raise OSError(f'Could not write {path}. Is the disk full?')
