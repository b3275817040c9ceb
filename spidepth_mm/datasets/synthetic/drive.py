"""One drive of the world from its number alone: street, trajectory, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterator, Tuple

import numpy as np

from .calibration import Calibration
from .camera import Camera
from .kitti_writer import write_drive
from .lidar import scan
from .renderer import Picture, render
from .road import Road
from .scene import Scene
from .street import build_street
from .trajectory import Trajectory, right_camera


def plan_drive(seed: int, number: int, size: Tuple[int, int],
               num_frames: int) -> Tuple[Scene, Trajectory]:
    """Scene and trajectory of drive ``number``; small pictures get a coarser ground."""
    rng = np.random.default_rng([seed, number])
    road = Road.draw(rng)
    trajectory = Trajectory.draw(rng, road, num_frames)
    coarseness = 1
    while coarseness < 4 and size[0] * coarseness * 2 <= 640:
        coarseness *= 2
    return build_street(rng, road, trajectory, coarseness), trajectory


def render_stereo(scene: Scene, trajectory: Trajectory, cam2img: np.ndarray,
                  size: Tuple[int, int], frame: int) -> Tuple[Picture, Picture]:
    """Left and right picture of a frame."""
    left = trajectory.world_from_camera[frame]
    return (render(scene, Camera(cam2img, left, size), frame),
            render(scene, Camera(cam2img, right_camera(left), size), frame))


def make_drive(folder: Path, seed: int, number: int, size: Tuple[int, int], num_frames: int,
               on_frame: Callable[[], None] = lambda: None) -> None:
    """Renders a drive into ``folder``. The same arguments give the same bytes."""
    scene, trajectory = plan_drive(seed, number, size, num_frames)
    calibration = Calibration.for_size(size)

    def frames() -> Iterator[Tuple[Picture, Picture, np.ndarray]]:
        for frame in range(num_frames):
            left, right = render_stereo(scene, trajectory, calibration.cam2img, size, frame)
            yield left, right, scan(left, calibration)

    write_drive(folder, frames(), trajectory.world_from_camera, on_frame)
