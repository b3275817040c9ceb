"""Miniatures of the official layouts, written by the tests themselves."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Iterable, List, Sequence

import cv2
import numpy as np
import pytest

DATE = '2011_09_26'
DRIVE = '2011_09_26_drive_0001_sync'

CAM_TO_CAM = """calib_time: 09-Jan-2012 13:57:47
corner_dist: 9.950000e-02
S_rect_02: 1.240000e+02 3.700000e+01
R_rect_00: 1 0 0 0 1 0 0 0 1
P_rect_02: 7.2e+01 0 6.1e+01 4.32e+00 0 7.2e+01 1.8e+01 0 0 0 1 0
P_rect_03: 7.2e+01 0 6.1e+01 -3.456e+01 0 7.2e+01 1.8e+01 0 0 0 1 0
"""
# Axes swapped (x forward -> z forward), the camera 0.3 m ahead of the scanner.
VELO_TO_CAM = """calib_time: 15-Mar-2012 11:37:16
R: 0 -1 0 0 0 -1 1 0 0
T: 0 0 -0.3
delta_f: 0 0
"""
ODOMETRY_CALIB = """P0: 70 0 61 0 0 70 18 0 0 0 1 0
P1: 70 0 61 -35 0 70 18 0 0 0 1 0
P2: 70 0 61 7 0 70 18 0 0 0 1 0
P3: 70 0 61 -28 0 70 18 0 0 0 1 0
"""


def write_image(path: Path, size=(124, 37), seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.random.RandomState(seed).randint(0, 256, (size[1], size[0], 3), np.uint8)
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def image_writer() -> Callable:
    """``image_writer(path, size=(W, H), seed=0)`` writes a random colour image."""
    return write_image


@pytest.fixture
def kitti_raw(tmp_path: Path) -> Callable[..., Path]:
    """``kitti_raw(frames=range(5), suffix='.png', sides='lr')`` -> data_root."""

    def write(frames: Iterable[int] = range(5), suffix: str = '.png', sides: str = 'lr',
              root: str = 'kitti') -> Path:
        day = tmp_path / root / DATE
        day.mkdir(parents=True, exist_ok=True)
        (day / 'calib_cam_to_cam.txt').write_text(CAM_TO_CAM)
        (day / 'calib_velo_to_cam.txt').write_text(VELO_TO_CAM)
        scans = day / DRIVE / 'velodyne_points' / 'data'
        scans.mkdir(parents=True, exist_ok=True)
        for frame in frames:
            for side in sides:
                camera = dict(l='image_02', r='image_03')[side]
                write_image(day / DRIVE / camera / 'data' / f'{frame:010d}{suffix}', seed=frame)
            points = [[10, 0, 0, 0.5], [20, 1, -1, 0.5], [-5, 0, 0, 0.5]]
            np.array(points, np.float32).tofile(scans / f'{frame:010d}.bin')
        return tmp_path / root

    return write


@pytest.fixture
def split_file(tmp_path: Path) -> Callable[[Sequence[str]], str]:
    """``split_file(['<drive> 1 l', ...])`` -> absolute path."""

    def write(lines: Sequence[str], name: str = 'my_split.txt') -> str:
        (tmp_path / name).write_text('\n'.join(lines) + '\n')
        return str(tmp_path / name)

    return write


@pytest.fixture
def kitti_odometry(tmp_path: Path) -> Callable[..., Path]:
    """``kitti_odometry(sequence='00', num_frames=5, cameras=(0, 1))`` -> data_root."""

    def write(sequence: str = '00', num_frames: int = 5, cameras: Sequence[int] = (0, 1),
              poses: bool = True) -> Path:
        root = tmp_path / 'odometry'
        folder = root / 'sequences' / sequence
        for camera in cameras:
            for frame in range(num_frames):
                write_image(folder / f'image_{camera}' / f'{frame:06d}.png', seed=frame + camera)
        (folder / 'calib.txt').write_text(ODOMETRY_CALIB)
        if poses:
            (root / 'poses').mkdir(exist_ok=True)
            rows = [f'1 0 0 0 0 1 0 0 0 0 1 {1.5 * frame}' for frame in range(num_frames)]
            (root / 'poses' / f'{sequence}.txt').write_text('\n'.join(rows) + '\n')
        return root

    return write


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> List[str]:
    """Messages that the datasets log in this process, in their order."""
    messages: List[str] = []

    def keep(message: str, **kwargs) -> None:
        messages.append(message)

    for module in ('base', 'bad_files', 'video_frames'):
        monkeypatch.setattr(f'spidepth_mm.datasets.{module}.print_log', keep)
    return messages


@pytest.fixture
def drive() -> SimpleNamespace:
    """Names of the miniature's only drive."""
    return SimpleNamespace(date=DATE, name=DRIVE, entry=f'{DATE}/{DRIVE}')
