"""Cases of the stage ``evaluation``: depth errors of KITTI's images, and their ground truth."""

from __future__ import annotations

from typing import List, Tuple

import cv2
import numpy as np

from spidepth_mm.datasets.velodyne import project_scan
from spidepth_mm.evaluation import evaluate_depth

from .baseline import evaluation as baseline
from .timing import Case

GT_SHAPE = (375, 1242)
PREDICTION_SHAPES = ((320, 1024), (192, 640))
# Of a Velodyne's points, 4.5 % of the pixels are hit, all below the horizon.
DENSITY, HORIZON = 0.045, 0.35
SCAN_POINTS = 120_000
_SEVEN = ('abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'a1', 'a2', 'a3')

# Like KITTI's: x ahead, y left, z up to pixels counted from 1.
IMAGE_FROM_VELODYNE = np.array([[609.6, -721.5, 0., 20.], [172.9, 0., -721.5, 110.],
                                [1., 0., 0., -0.27]])


def cases(images: int) -> List[Case]:
    """All cases of this stage on ``images`` drawn images or scans, always the same."""
    if images < 1:
        raise ValueError(f'--images must be at least 1, but got {images}.')
    # The loop of the plain projection takes long, and scans differ little.
    scans = min(images, 4)
    return [
        *(_evaluation_case(shape, images) for shape in PREDICTION_SHAPES),
        _export_case('a third collides', 1 / 3, scans),
        _export_case('none collides', 0., scans),
    ]


def draw_maps(shape: Tuple[int, int], seed: int) -> Tuple[np.ndarray, np.ndarray]:
    """A smooth prediction of this shape and sparse ground truth of ``GT_SHAPE``, float32."""
    rng = np.random.default_rng(seed)
    coarse = np.exp(rng.uniform(np.log(3), np.log(75), (6, 18))).astype(np.float32)
    gt = cv2.resize(coarse, GT_SHAPE[::-1], interpolation=cv2.INTER_CUBIC).clip(2, 79)
    pred = cv2.resize(gt, shape[::-1], interpolation=cv2.INTER_AREA)
    noise = cv2.resize(rng.normal(0, 0.1, (12, 36)).astype(np.float32), shape[::-1])
    hit = rng.random(GT_SHAPE) < DENSITY / (1 - HORIZON)
    hit[:int(HORIZON * GT_SHAPE[0])] = False
    return pred * np.exp(noise) * np.float32(0.03), gt * hit


def draw_scan(colliding: float, seed: int) -> np.ndarray:
    """A scan (``SCAN_POINTS``, 4) float32 of which the points in the image share pixels.

    Args:
        colliding: share of those points that fall on another one's pixel, two a pixel.
        seed: of the generator.
    """
    rng = np.random.default_rng(seed)
    height, width = GT_SHAPE
    count = int(DENSITY * height * width)
    # Not at the left and right edges, where the benchmark's numbers of pixels are ambiguous.
    top = int(HORIZON * height)
    free = rng.permutation((height - top) * (width - 2))[:count]
    pairs = int(count * colliding / 2)
    free[:pairs] = free[pairs:2 * pairs]
    rows, cols = top + free // (width - 2), 1 + free % (width - 2)
    pixels = np.stack([cols, rows]) + 1 + rng.uniform(-0.3, 0.3, (2, count))
    z = rng.uniform(4, 78, count)
    rays = np.concatenate([pixels * z, z[None]]) - IMAGE_FROM_VELODYNE[:, 3:]
    seen = np.linalg.solve(IMAGE_FROM_VELODYNE[:, :3], rays).T
    others = SCAN_POINTS - count
    # Half of a scan lies behind, and of the rest more than half beside what the camera sees.
    around = rng.uniform([-80, 40, -2], [-1, 80, 2], (others, 3))
    around[:SCAN_POINTS // 2 - count, 0] = rng.uniform(1, 30, SCAN_POINTS // 2 - count)
    points = rng.permutation(np.concatenate([seen, around]))
    return np.c_[points, rng.random(SCAN_POINTS)].astype(np.float32)


def _evaluation_case(shape: Tuple[int, int], images: int) -> Case:
    maps = [draw_maps(shape, seed) for seed in range(images)]

    def difference(ours, theirs):
        return max(abs(result[name] - value) for result, errors in zip(ours, theirs)
                   for name, value in zip(_SEVEN, errors))

    return Case(
        f'evaluation, prediction {shape[0]}x{shape[1]}',
        lambda: [evaluate_depth(pred, gt, 'kitti_eigen') for pred, gt in maps],
        # The error maps are not kept: peak memory is that of one image.
        lambda: [baseline.evaluate(pred, gt)[0] for pred, gt in maps],
        difference,
        images)


def _export_case(title: str, colliding: float, count: int) -> Case:
    scans = [draw_scan(colliding, seed) for seed in range(count)]

    def run(project):
        return lambda: [project(scan, IMAGE_FROM_VELODYNE, GT_SHAPE) for scan in scans]

    def difference(ours, theirs):
        return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs))

    return Case(f'ground-truth-export, {title}', run(project_scan), run(baseline.project),
                difference, count)
