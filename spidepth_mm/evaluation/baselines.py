"""Predictions that need no learning, to stand beside a model's numbers.

A driving scene's depth is mostly its image row, so a model proves little
before it beats these two. Both are fitted on the test set's own ground truth,
which makes them optimistic: a fair constant would come from training data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence

import numpy as np

from .evaluate import PixelPair, evaluate_images
from .protocols import DepthProtocol

BASELINES = ('constant', 'row_median')

# Kept at most, of one image and of a whole benchmark, so that dense ground
# truth fits in memory. LiDAR ground truth of KITTI is kept whole.
_MAX_PIXELS = 1 << 18
_MAX_PIXELS_OF_ALL = 1 << 26


@dataclass(frozen=True)
class DepthProfile:
    """What the baselines need of one image.

    Attributes:
        gt: (N,) float32 true depth of the scored pixels, metres.
        rows: (N,) int16, their rows.
        height: rows of the ground-truth map.
    """

    gt: np.ndarray
    rows: np.ndarray
    height: int


def take_profile(gt: np.ndarray, rows: np.ndarray, height: int,
                 num_images: Optional[int] = None) -> DepthProfile:
    """Keep (N,) scored pixels, or every k-th of them where they are many.

    Args:
        gt: (N,) true depth, metres, N >= 1.
        rows: (N,) int.
        height: rows of the ground-truth map.
        num_images: how many images share the memory; ``None`` if unknown.
            The number kept depends on nothing else, so that several
            processes keep the same as one.
    """
    most = min(_MAX_PIXELS, _MAX_PIXELS_OF_ALL // (num_images or 1))
    step = -(-len(gt) // most)
    return DepthProfile(gt[::step].astype(np.float32), rows[::step].astype(np.int16), height)


def evaluate_baselines(profiles: Sequence[DepthProfile], protocol: DepthProtocol,
                       scaling: str) -> Dict[str, List[Dict[str, float]]]:
    """Per-image results of each of ``BASELINES``, as ``evaluate_depth`` gives them.

    Args:
        profiles: one of each image, at least one, N >= 1 each.
        protocol: its clamp and, through the profiles, its crop and mask apply.
        scaling: applied to the baselines as to the model.
    """
    constant = np.median(np.concatenate([profile.gt for profile in profiles]))
    medians = row_medians(profiles)
    predictions = dict(
        constant=[np.full_like(profile.gt, constant) for profile in profiles],
        row_median=[medians[_relative_rows(profile, len(medians))] for profile in profiles])
    results = {}
    for name, preds in predictions.items():
        images = [PixelPair(pred, profile.gt) for pred, profile in zip(preds, profiles)]
        results[name] = evaluate_images(images, protocol, scaling)
    return results


def row_medians(profiles: Sequence[DepthProfile]) -> np.ndarray:
    """Median depth of each image row over all images: (R,) float32, metres.

    R is the tallest image's height; a smaller image's rows are spread over it
    by their relative height. Rows without ground truth are interpolated from
    their neighbours.
    """
    height = max(profile.height for profile in profiles)
    rows = np.concatenate([_relative_rows(profile, height) for profile in profiles])
    depths = np.concatenate([profile.gt for profile in profiles])
    order = np.argsort(rows, kind='stable')
    present, starts = np.unique(rows[order], return_index=True)
    groups = np.split(depths[order], starts[1:])
    medians = [np.median(group) for group in groups]
    return np.interp(np.arange(height), present, medians).astype(np.float32)


def _relative_rows(profile: DepthProfile, height: int) -> np.ndarray:
    return ((profile.rows + 0.5) * (height / profile.height)).astype(np.int32)
