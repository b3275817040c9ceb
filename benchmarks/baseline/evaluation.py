"""The plain way to evaluate depth and to project a scan, as a yardstick.

Written down as one would after reading the papers: whole maps, boolean masks,
a Python loop over the pixels that several points share.
"""

from __future__ import annotations

from collections import Counter
from typing import List, Tuple

import cv2
import numpy as np

NEAREST, FARTHEST = 1e-3, 80.


def evaluate(pred: np.ndarray, gt: np.ndarray) -> Tuple[List[float], np.ndarray]:
    """Seven errors under the Eigen protocol, and a dense map of the error.

    Args:
        pred: (h, w) float32 predicted depth of unknown scale.
        gt: (H, W) float32 true depth, metres, 0 = none.

    Returns:
        abs_rel, sq_rel, rmse, rmse_log, a1, a2, a3; (H, W) metres, 0 = none.
    """
    height, width = gt.shape
    pred = cv2.resize(pred, (width, height))
    mask = np.logical_and(gt > NEAREST, gt < FARTHEST)
    crop = np.array([0.40810811 * height, 0.99189189 * height,
                     0.03594771 * width, 0.96405229 * width]).astype(np.int32)
    crop_mask = np.zeros(mask.shape)
    crop_mask[crop[0]:crop[1], crop[2]:crop[3]] = 1
    mask = np.logical_and(mask, crop_mask)

    ratio = np.median(gt[mask]) / np.median(pred[mask])
    pred = np.clip(pred * ratio, NEAREST, FARTHEST)
    error_map = np.abs(gt - pred) * mask
    return _seven_errors(gt[mask], pred[mask]), error_map


def _seven_errors(gt: np.ndarray, pred: np.ndarray) -> List[float]:
    larger = np.maximum(gt / pred, pred / gt)
    a1, a2, a3 = ((larger < 1.25**power).mean() for power in (1, 2, 3))
    abs_rel = np.mean(np.abs(gt - pred) / gt)
    sq_rel = np.mean((gt - pred)**2 / gt)
    rmse = np.sqrt(((gt - pred)**2).mean())
    rmse_log = np.sqrt(((np.log(gt) - np.log(pred))**2).mean())
    return [float(value) for value in (abs_rel, sq_rel, rmse, rmse_log, a1, a2, a3)]


def project(scan: np.ndarray, image_from_velodyne: np.ndarray,
            shape: Tuple[int, int]) -> np.ndarray:
    """(H, W) depth of a laser scan: every point is written, then shared pixels are searched."""
    height, width = shape
    points = scan[scan[:, 0] >= 0].copy()
    points[:, 3] = 1
    projected = np.dot(image_from_velodyne, points.T).T
    projected[:, :2] /= projected[:, 2:]
    cols, rows = (np.round(projected[:, axis]) - 1 for axis in (0, 1))
    inside = (cols >= 0) & (rows >= 0) & (cols < width) & (rows < height)
    cols, rows = cols[inside].astype(int), rows[inside].astype(int)
    ahead = points[inside, 0]

    depth = np.zeros(shape)
    depth[rows, cols] = ahead
    numbers = rows * (width - 1) + cols
    shared = [number for number, count in Counter(numbers).items() if count > 1]
    for number in shared:
        found = np.where(numbers == number)[0]
        depth[rows[found[0]], cols[found[0]]] = ahead[found].min()
    return depth
