"""Are depth edges where they should be?

Depth measures hardly see edges: there are few pixels on them, and LiDAR
misses them. Definitions as in Spencer et al. 2022, "Deconstructing
Self-Supervised Monocular Reconstruction", after Koch et al. 2018 (iBims-1).
"""

from __future__ import annotations

from typing import Dict

import cv2
import numpy as np

# Canny takes int16 gradients; this keeps log depth's to three decimals.
_GRADIENT_UNIT = 1e-3


def depth_edges(depth: np.ndarray, low: float = 0.1, high: float = 0.2) -> np.ndarray:
    """Edges of a dense depth map: Canny on the log depth, smoothed with sigma 1.

    In log depth an edge is a ratio, so a factor on the depth changes nothing.

    Args:
        depth: (H, W) float, positive.
        low: hysteresis threshold on the Sobel magnitude (a clean step by
            the ratio r reaches about 2.5 ln r).
        high: the threshold from which an edge starts.

    Returns:
        (H, W) bool.
    """
    smooth = cv2.GaussianBlur(np.log(depth).astype(np.float32), (0, 0), 1)
    across, down = (
        np.clip(cv2.Sobel(smooth, cv2.CV_32F, *order) / _GRADIENT_UNIT, -32767, 32767).astype(
            np.int16) for order in ((1, 0), (0, 1)))
    edges = cv2.Canny(across, down, low / _GRADIENT_UNIT, high / _GRADIENT_UNIT, L2gradient=True)
    return np.asarray(edges) > 0


def boundary_errors(pred_edges: np.ndarray,
                    gt_edges: np.ndarray,
                    max_distance: float = 10.) -> Dict[str, float]:
    """Distances between predicted and true edges, pixels; less is better.

    ``edge_accuracy``: mean distance of predicted edge pixels to the nearest
    true one, over those nearer than ``max_distance`` (others belong to edges
    that the ground truth does not have). ``edge_completeness``: mean distance
    of true edge pixels to the nearest predicted one. Both are
    ``max_distance`` if no predicted edge is near a true one.

    Args:
        pred_edges: (H, W) bool.
        gt_edges: (H, W) bool, with at least one edge pixel.
        max_distance: pixels.

    Raises:
        ValueError: if the shapes differ or there is no true edge.
    """
    if pred_edges.shape != gt_edges.shape:
        raise ValueError(f'Edge maps must have one shape, but got {pred_edges.shape} and '
                         f'{gt_edges.shape}. Resize the prediction first.')
    if not gt_edges.any():
        raise ValueError('The ground truth has no edge, so there is nothing to compare with. '
                         'Leave this image out.')
    to_gt = _distance_to(gt_edges)[pred_edges]
    to_gt = to_gt[to_gt < max_distance]
    if len(to_gt) == 0:
        return dict(edge_accuracy=max_distance, edge_completeness=max_distance)
    to_pred = _distance_to(pred_edges)[gt_edges]
    return dict(
        edge_accuracy=float(to_gt.mean(dtype=np.float64)),
        edge_completeness=float(to_pred.mean(dtype=np.float64)))


def _distance_to(edges: np.ndarray) -> np.ndarray:
    """(H, W) float32: each pixel's Euclidean distance to the nearest edge pixel."""
    not_edge = (~edges).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(not_edge, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
