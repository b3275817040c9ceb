"""Does the predicted depth give the right 3-D points?

Definitions as in Oernek et al. 2022, "From 2D to 3D", and Spencer et al.
2022, "Deconstructing Self-Supervised Monocular Reconstruction".
"""

from __future__ import annotations

from typing import Dict

import torch
from torch import Tensor

from spidepth_mm.geometry.camera import backproject

# Distances held at once, 64 MB in float32.
_CHUNK_ELEMENTS = 1 << 24


def point_cloud_scores(pred: Tensor,
                       gt: Tensor,
                       cam2img: Tensor,
                       threshold: float = 0.1) -> Dict[str, float]:
    """Compare the point clouds of the pixels that have ground truth.

    The time grows with the square of their number: for dense ground truth use
    a GPU, or thin it out beforehand (which changes the scores).

    Args:
        pred: (H, W) predicted depth, scaled and clamped, metres.
        gt: (H, W) true depth in metres, 0 where there is none.
        cam2img: (3, 3) intrinsics, pixels of these maps.
        threshold: metres within which a point counts as right.

    Returns:
        dict: ``precision``, the share of predicted points with a true one
        within ``threshold``; ``recall``, the share of true points with a
        predicted one; their ``f_score`` 2PR/(P+R) and ``iou`` PR/(P+R-PR),
        all in [0, 1]; ``chamfer``, the sum of both mean nearest distances,
        metres.

    Raises:
        ValueError: if the maps' shapes differ or no pixel has ground truth.
    """
    if pred.ndim != 2 or pred.shape != gt.shape:
        raise ValueError('Point clouds need two depth maps (H, W) of one size, but got '
                         f'{tuple(pred.shape)} and {tuple(gt.shape)}.')
    valid = gt > 0
    if not valid.any():
        raise ValueError('No pixel has ground truth, so there are no points to compare.')
    clouds = [_points(depth, cam2img)[valid] for depth in (pred, gt)]
    to_gt, to_pred = _nearest(clouds[0], clouds[1]), _nearest(clouds[1], clouds[0])
    precision = float((to_gt < threshold).double().mean())
    recall = float((to_pred < threshold).double().mean())
    both = precision * recall
    return dict(
        precision=precision,
        recall=recall,
        f_score=2 * both / (precision + recall) if both else 0.,
        iou=both / (precision + recall - both) if both else 0.,
        chamfer=float(to_gt.double().mean() + to_pred.double().mean()))


def _points(depth: Tensor, cam2img: Tensor) -> Tensor:
    """(H, W, 3) points of the camera frame, metres."""
    points = backproject(depth[None, None].float(), cam2img[None].float())
    return points[0].permute(1, 2, 0)


def _nearest(source: Tensor, target: Tensor) -> Tensor:
    """(N,): each source point's distance to the nearest of M target points, metres."""
    size = max(1, _CHUNK_ELEMENTS // len(target))
    # Not by matrix products: at 80 m their rounding reaches centimetres.
    mode = 'donot_use_mm_for_euclid_dist'
    return torch.cat([
        torch.cdist(chunk, target, compute_mode=mode).amin(dim=1) for chunk in source.split(size)
    ])
