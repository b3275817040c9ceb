"""A pinhole camera with a pose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Pinhole camera, pixel centres on integers.

    Attributes:
        cam2img: (3, 3) pixels.
        world_from_camera: (4, 4) metres.
        size: (W, H).
    """

    cam2img: np.ndarray
    world_from_camera: np.ndarray
    size: Tuple[int, int]

    @property
    def centre(self) -> np.ndarray:
        """(3,) position in the world."""
        return self.world_from_camera[:3, 3]

    def world_from_pixel(self) -> np.ndarray:
        """(3, 3): homogeneous pixel to the world direction of unit camera depth."""
        return self.world_from_camera[:3, :3] @ np.linalg.inv(self.cam2img)

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """World points (N, 3) to camera points (N, 3)."""
        return (points - self.centre) @ self.world_from_camera[:3, :3]


def kitti_like_intrinsics(size: Tuple[int, int]) -> np.ndarray:
    """KITTI's focal length and principal point, scaled to (W, H), square pixels."""
    width, height = size
    focal = 721.5377 / 1242 * width
    return np.array([[focal, 0, 609.5593 / 1242 * width], [0, focal, 172.854 / 375 * height],
                     [0, 0, 1]])
