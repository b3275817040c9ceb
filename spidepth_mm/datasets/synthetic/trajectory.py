"""How the stereo rig drives: known poses at ten frames a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .road import LANE_CENTRE, Road

CAMERA_HEIGHT = 1.65  # metres, as on KITTI's car
BASELINE = 0.54


@dataclass(frozen=True)
class Trajectory:
    """Poses of the left camera.

    Attributes:
        along: (F,) metres along the road.
        world_from_camera: (F, 4, 4).
    """

    along: np.ndarray
    world_from_camera: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, road: Road, num_frames: int) -> Trajectory:
        """Forward 0.6 to 1.2 m a frame in the right lane, with a car's small motions."""
        time = np.arange(num_frames) / 10
        speed = rng.uniform(0.75, 1.05) + _sway(rng, time, 0.12, 4.0)
        along = np.concatenate([[0], np.cumsum(speed[:-1])])
        across = LANE_CENTRE + _sway(rng, time, 0.18, 5.0)
        yaw = _sway(rng, time, 0.012, 2.5)
        pitch = rng.uniform(-0.012, 0.012) + _sway(rng, time, 0.003, 0.8)
        roll = _sway(rng, time, 0.003, 1.3)
        height = CAMERA_HEIGHT + _sway(rng, time, 0.01, 0.7)
        poses = np.tile(np.eye(4), (num_frames, 1, 1))
        for i in range(num_frames):
            x, z, heading = road.place(float(along[i]), float(across[i]))
            poses[i, :3, :3] = rotation(heading + yaw[i], pitch[i], roll[i])
            poses[i, :3, 3] = x, -height[i], z
        return cls(along, poses)


def rotation(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """(3, 3) world from body; yaw to the right, pitch upwards, roll clockwise, radians."""
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def right_camera(world_from_left: np.ndarray) -> np.ndarray:
    """Pose (4, 4) of the right camera, one baseline along the left camera's x axis."""
    offset = np.eye(4)
    offset[0, 3] = BASELINE
    return world_from_left @ offset


def _sway(rng: np.random.Generator, time: np.ndarray, amplitude: float,
          period: float) -> np.ndarray:
    phase = rng.uniform(0, 2 * np.pi, 2)
    period = period * rng.uniform(0.8, 1.25)
    wave = np.sin(2 * np.pi * time / period + phase[0])
    return amplitude * (0.7 * wave + 0.3 * np.sin(5.1 * time / period + phase[1]))
