"""Reads KITTI's calibration files and what follows from them.

Cameras are numbered as in KITTI: 0 and 1 grey, 2 and 3 colour, even numbers
left. All lengths are metres, all pixels those of the rectified images.
"""

from __future__ import annotations

import os
from typing import Dict

import numpy as np

from spidepth_mm.utils.text_files import read_text

Calibration = Dict[str, np.ndarray]


def read_calib_file(path: str) -> Calibration:
    """Reads ``key: numbers`` lines.

    Args:
        path (str): ``calib_cam_to_cam.txt``, ``calib_velo_to_cam.txt`` or an
            odometry sequence's ``calib.txt``.

    Returns:
        dict: Key to float64 vector. Lines whose value is not all numbers
        (dates) are left out.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If nothing in it looks like calibration, or it is no text.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'No calibration file {path}.')
    calibration = {}
    for line in read_text(path).splitlines():
        key, colon, values = line.partition(':')
        if not colon:
            continue
        try:
            calibration[key.strip()] = np.array(values.split(), dtype=np.float64)
        except ValueError:
            continue
    if not calibration:
        raise ValueError(f'{path}: no line of the form "key: numbers"; not a KITTI calibration.')
    return calibration


def matrix(calibration: Calibration, key: str, rows: int, cols: int, path: str) -> np.ndarray:
    """One entry as a (rows, cols) matrix.

    A camera's (3, 4) projection is ``P_rect_02`` in KITTI raw and ``P2`` in
    the odometry benchmark: image from rectified camera 0.

    Raises:
        ValueError: If it is missing, of another size or not finite, naming ``path``.
    """
    if key not in calibration:
        raise ValueError(f'{path}: calibration without {key}; it has '
                         f'{", ".join(sorted(calibration))[:200]}.')
    values = calibration[key]
    if values.size != rows * cols:
        raise ValueError(f'{path}: {key} has {values.size} numbers, expected {rows * cols}.')
    if not np.isfinite(values).all():
        raise ValueError(f'{path}: {key} has numbers that are not finite.')
    return values.reshape(rows, cols)


def cam2img_from_projection(image_from_rect: np.ndarray) -> np.ndarray:
    """(3, 3) intrinsics in pixels of a (3, 4) projection."""
    return np.array(image_from_rect[:, :3], dtype=np.float64)


def camera_from_rect(image_from_rect: np.ndarray) -> np.ndarray:
    """(4, 4) camera-from-rectified-camera-0: rectified cameras only shift."""
    transform = np.eye(4)
    transform[:3, 3] = np.linalg.solve(image_from_rect[:, :3], image_from_rect[:, 3])
    return transform


def source_from_target(source_projection: np.ndarray, target_projection: np.ndarray) -> np.ndarray:
    """(4, 4) metres: takes points of the target camera into the source camera.

    For a left target and the right source the translation's x is minus the
    baseline. KITTI's colour cameras also differ by millimetres in y and z
    (0.4 pixels at 5 m); the calibration says so, and so does this.
    """
    return camera_from_rect(source_projection) @ np.linalg.inv(camera_from_rect(target_projection))


def image_from_velodyne(cam_calibration: Calibration, velodyne_calibration: Calibration,
                        camera: int, cam_path: str, velodyne_path: str) -> np.ndarray:
    """(3, 4) projection of Velodyne points (metres) to a camera's pixels.

    KITTI's pixels count from 1, see :func:`.velodyne.project_scan`.
    """
    rect_from_cam = np.eye(4)
    rect_from_cam[:3, :3] = matrix(cam_calibration, 'R_rect_00', 3, 3, cam_path)
    cam_from_velodyne = np.eye(4)
    cam_from_velodyne[:3, :3] = matrix(velodyne_calibration, 'R', 3, 3, velodyne_path)
    cam_from_velodyne[:3, 3:] = matrix(velodyne_calibration, 'T', 3, 1, velodyne_path)
    image_from_rect = matrix(cam_calibration, f'P_rect_{camera:02d}', 3, 4, cam_path)
    return image_from_rect @ rect_from_cam @ cam_from_velodyne
