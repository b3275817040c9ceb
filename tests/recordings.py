"""Recordings of scenes whose motion is known."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, List, Tuple

import cv2
import numpy as np
import pytest

SIZE = (320, 192)
FOCAL = 200.
CAM2IMG = np.array([[FOCAL, 0, 159.5], [0, FOCAL, 95.5], [0, 0, 1]])


def texture(size: Tuple[int, int], seed: int = 0) -> np.ndarray:
    """Blobs of all sizes, (H, W, 3) uint8 for ``size`` = (W, H)."""
    generator = np.random.RandomState(seed)
    total = np.zeros((size[1], size[0], 3))
    for cell, strength in ((32, 50), (8, 40), (2, 60)):
        shape = (size[1] // cell + 2, size[0] // cell + 2, 3)
        coarse = generator.uniform(-1, 1, shape).astype(np.float32)
        total += strength * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + total, 0, 255).astype(np.uint8)


def drive(number: int = 30, step: float = 2., seed: int = 0, strip: int = 0) -> List[np.ndarray]:
    """A camera that moves sideways: the upper half by ``step`` pixels a frame, the lower by 4.

    ``strip`` rows at the bottom are fixed to the camera.
    """
    width, height = SIZE
    far, near = (texture((width + int(factor * step * number) + 8, height), seed + index)
                 for index, factor in enumerate((1, 4)))
    frames = []
    for frame in range(number):
        shown = _shifted(far, step * frame)
        shown[height // 2:] = _shifted(near, 4 * step * frame)[height // 2:]
        if strip:
            shown[-strip:] = texture((width, strip), 99)
        frames.append(shown)
    return frames


def _shifted(plane: np.ndarray, pixels: float) -> np.ndarray:
    moved = cv2.warpAffine(plane, np.array([[1., 0, -pixels], [0, 1, 0]]), plane.shape[1::-1])
    return moved[:, :SIZE[0]].copy()


def pan(number: int = 12, step: float = 0.02) -> List[np.ndarray]:
    """A camera that only turns, by ``step`` radians a frame."""
    wide, frames = texture((3 * SIZE[0], 3 * SIZE[1])), []
    place = np.array([[1., 0, -SIZE[0]], [0, 1, -SIZE[1]], [0, 0, 1]])
    for frame in range(number):
        rotation = cv2.Rodrigues(np.array([0., step * (frame - number / 2), 0.]))[0]
        turn = CAM2IMG @ rotation @ np.linalg.inv(CAM2IMG) @ place
        frames.append(cv2.warpPerspective(wide, turn, SIZE))
    return frames


def write_images(folder: Path, frames: Iterable[np.ndarray]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames):
        cv2.imencode('.png', frame[:, :, ::-1])[1].tofile(folder / f'{number}.png')
    return folder


def write_video(path: Path, frames: Iterable[np.ndarray], fps: float = 10.) -> Path:
    """Motion JPEG, which every build of OpenCV writes; the test is skipped where it does not."""
    frames = list(frames)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), fps,
                             frames[0].shape[1::-1])
    if not writer.isOpened():
        pytest.skip('this build of OpenCV cannot write a video')
    for frame in frames:
        writer.write(frame[:, :, ::-1])
    writer.release()
    return path


BOARD = (7, 5)
LENS = np.array([-0.25, 0.06, 0., 0., 0.])


def board_views(number: int = 8, size: Tuple[int, int] = SIZE) -> List[np.ndarray]:
    """A chessboard of :data:`BOARD` inner corners, seen through a lens with distortion."""
    columns, rows = BOARD
    width, height = size
    fine = 3  # each pixel is the mean of 3x3 rays
    grid = (np.mgrid[:height * fine, :width * fine].reshape(2, -1)[::-1].T + 0.5) / fine - 0.5
    rays = cv2.undistortPoints(grid[:, None].astype(np.float64), CAM2IMG, LENS)[:, 0]
    rays = np.concatenate([rays, np.ones((len(rays), 1))], 1)
    draw, views = np.random.RandomState(3), []
    for index in range(number):
        tilt = np.array([0.5, 0.5, 0.15]) * draw.uniform(-1, 1, 3)
        rotation = cv2.Rodrigues(tilt)[0]
        aside = (index % 3 - 1, index // 3 % 3 - 1)
        middle = np.array([1.6 * aside[0], 0.9 * aside[1], 8. + draw.uniform(-1, 1)])
        # The plane z = 0 of the board: middle + rotation @ (x, y, 0) = t ray.
        places = rays @ np.linalg.inv(
            np.stack([rotation[:, 0], rotation[:, 1], -middle], 1)).T
        x, y = places[:, 0] / places[:, 2], places[:, 1] / places[:, 2]
        x, y = x + (columns + 1) / 2, y + (rows + 1) / 2
        inside = (x > 0) & (x < columns + 1) & (y > 0) & (y < rows + 1)
        white = ~inside | ((np.floor(x) + np.floor(y)) % 2 > 0)
        view = np.where(white, 230., 20.).reshape(height, fine, width, fine).mean((1, 3))
        views.append(np.repeat(view.astype(np.uint8)[:, :, None], 3, 2))
    return views
