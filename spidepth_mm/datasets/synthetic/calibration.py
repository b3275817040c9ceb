"""The synthetic car's calibration, in KITTI raw's terms and text format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple

import numpy as np

from .camera import kitti_like_intrinsics
from .trajectory import BASELINE, rotation

# x of the four cameras in the frame of camera 0, as on KITTI's car: 0 and 1 are grey.
_CAMERA_X = {0: 0.0, 1: BASELINE - 0.003, 2: -0.06, 3: BASELINE - 0.06}
_SCANNER_ABOVE_CAMERA = 0.08  # metres
_CAMERA_FROM_SCANNER_AXES = np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0]], float)


@dataclass(frozen=True)
class Calibration:
    """What the two calibration files say, rounded as they say it.

    Attributes:
        rect_from_camera0: (3, 3) R_rect_00.
        camera0_from_scanner: (3, 4) R and T of the scanner.
        projections: camera number -> (3, 4) P_rect.
        size: (W, H).
    """

    rect_from_camera0: np.ndarray
    camera0_from_scanner: np.ndarray
    projections: Dict[int, np.ndarray]
    size: Tuple[int, int]

    @classmethod
    def for_size(cls, size: Tuple[int, int]) -> Calibration:
        """Rectification is a small rotation, and the scanner is turned to undo it.

        So a reader needs both matrices, yet the scanner's x is exactly the cameras' z:
        depth read in either way (the Eigen protocol takes the scanner's x) is the same.
        """
        rect = _as_written(rotation(0.009, -0.004, 0.0097).T)
        turn = rect.T @ _CAMERA_FROM_SCANNER_AXES
        shift = rect.T @ [0, -_SCANNER_ABOVE_CAMERA, 0]
        scanner = _as_written(np.column_stack([turn, shift]))
        intrinsics = kitti_like_intrinsics(size)
        projections = {number: _as_written(intrinsics @ np.column_stack([np.eye(3), [-x, 0, 0]]))
                       for number, x in _CAMERA_X.items()}
        return cls(rect, scanner, projections, size)

    @property
    def cam2img(self) -> np.ndarray:
        """(3, 3) intrinsics of every rectified camera."""
        return self.projections[2][:, :3]

    def scanner_from_image(self, pixels: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of camera 2 at ``depth`` (N,) metres to scanner points (N, 3)."""
        homogeneous = np.column_stack([pixels * depth[:, None], depth])
        projection = self.projections[2]
        rectified = (homogeneous - projection[:, 3]) @ np.linalg.inv(projection[:, :3]).T
        transform = self.rect_from_camera0 @ self.camera0_from_scanner
        return (rectified - transform[:, 3]) @ np.linalg.inv(transform[:, :3]).T

    def cam_to_cam_text(self) -> str:
        """Contents of ``calib_cam_to_cam.txt``."""
        lines = ['calib_time: 01-Jan-2011 00:00:00', 'corner_dist: 9.950000e-02']
        for number, projection in self.projections.items():
            name = f'{number:02d}'
            size = _numbers(self.size)
            lines += [f'S_{name}: {size}', f'K_{name}: {_numbers(projection[:, :3])}',
                      f'D_{name}: {_numbers(np.zeros(5))}',
                      f'R_{name}: {_numbers(self.rect_from_camera0.T)}',
                      f'T_{name}: {_numbers([-_CAMERA_X[number], 0, 0])}',
                      f'S_rect_{name}: {size}',
                      f'R_rect_{name}: {_numbers(self.rect_from_camera0)}',
                      f'P_rect_{name}: {_numbers(projection)}']
        return '\n'.join(lines) + '\n'

    def velo_to_cam_text(self) -> str:
        """Contents of ``calib_velo_to_cam.txt``."""
        transform = self.camera0_from_scanner
        return '\n'.join(['calib_time: 01-Jan-2011 00:00:00', f'R: {_numbers(transform[:, :3])}',
                          f'T: {_numbers(transform[:, 3])}', f'delta_f: {_numbers([0, 0])}',
                          f'delta_c: {_numbers([0, 0])}']) + '\n'


def _numbers(values) -> str:
    return ' '.join(f'{value:.6e}' for value in np.ravel(values))


def _as_written(values: np.ndarray) -> np.ndarray:
    """Rounded to the seven digits of the files, so that reading them gives the same."""
    return np.array([float(f'{value:.6e}') for value in np.ravel(values)]).reshape(values.shape)
