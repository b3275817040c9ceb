"""What happens between two frames: how far things move, and whether by turning alone."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

#: Width of the pictures that motion is measured in; thresholds in pixels are of this width.
VIEW_WIDTH = 640
_FEATURES = dict(maxCorners=400, qualityLevel=0.01, minDistance=6)
_FLOW = dict(winSize=(21, 21), maxLevel=4)
# Forward and back again a point must come home to this many pixels.
_HOME = 1.0
#: With fewer corners a picture has too little to follow: black, fog, a wall.
MIN_FEATURES = 30


class Motion(NamedTuple):
    """From one view to the next.

    Attributes:
        moved: Median motion of the followed points, share of the width.
        overlap: Share of points that could be followed, 0 to 1.
        parallax: Median motion that no rotation of the camera explains,
            share of the whole motion. A camera that only turns has about 0.
        roll_deg: Rotation about the optical axis.
        starts: (N, 2) points of the first view, pixels, x and y.
        ends: (N, 2) where they went.
    """

    moved: float
    overlap: float
    parallax: float
    roll_deg: float
    starts: np.ndarray
    ends: np.ndarray


def view_of(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB to the grey picture that is looked at, :data:`VIEW_WIDTH` wide."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height = max(1, round(grey.shape[0] * VIEW_WIDTH / grey.shape[1]))
    method = cv2.INTER_AREA if grey.shape[1] > VIEW_WIDTH else cv2.INTER_LINEAR
    return cv2.resize(grey, (VIEW_WIDTH, height), interpolation=method)


def sharpness(view: np.ndarray) -> float:
    """Variance of the Laplacian: only compare frames of one scene by it."""
    # A little smoothing first, so that noise is not taken for detail.
    return float(cv2.Laplacian(cv2.GaussianBlur(view, (3, 3), 0.8), cv2.CV_32F).var())


def count_features(view: np.ndarray) -> int:
    """Corners that could be followed; 0 if the picture has no contrast to speak of."""
    return len(_features(view))


def measure_motion(before: np.ndarray, after: np.ndarray, cam2img: np.ndarray) -> Motion:
    """Follows corners from one view to the next.

    Args:
        before (np.ndarray): (h, w) uint8.
        after (np.ndarray): (h, w) uint8.
        cam2img (np.ndarray): (3, 3) of the views.
    """
    starts = _features(before)
    if not len(starts):
        return Motion(0., 0., 0., 0., starts, starts)
    ends, found, _ = cv2.calcOpticalFlowPyrLK(before, after, starts[:, None], None, **_FLOW)
    home, found_home, _ = cv2.calcOpticalFlowPyrLK(after, before, ends, None, **_FLOW)
    back = np.abs(home[:, 0] - starts).max(1) < _HOME
    kept = back & (found[:, 0] > 0) & (found_home[:, 0] > 0)
    starts, ends, overlap = starts[kept], ends[kept, 0], float(kept.mean())
    if len(starts) < 8:
        return Motion(0., overlap, 0., 0., starts, ends)
    lengths = np.linalg.norm(ends - starts, axis=1)
    rotation = fit_rotation(_rays(starts, cam2img), _rays(ends, cam2img))
    turned = _rays(starts, cam2img) @ rotation.T @ cam2img.T
    left_over = np.linalg.norm(turned[:, :2] / turned[:, 2:] - ends, axis=1)
    roll = np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0]))
    whole = float(np.median(lengths))
    return Motion(whole / before.shape[1], overlap, float(np.median(left_over)) / max(whole, 1e-6),
                  float(roll), starts, ends)


def fit_rotation(before: np.ndarray, after: np.ndarray, rounds: int = 3) -> np.ndarray:
    """The rotation that best turns one bundle of rays into another.

    Kabsch's algorithm; after the first round on the better half of the rays,
    so that things which move on their own do not count.

    Args:
        before (np.ndarray): (N, 3), of any length.
        after (np.ndarray): (N, 3).

    Returns:
        np.ndarray: (3, 3) with ``after ~ before @ R.T``.
    """
    before = before / np.linalg.norm(before, axis=1, keepdims=True)
    after = after / np.linalg.norm(after, axis=1, keepdims=True)
    chosen = np.ones(len(before), bool)
    rotation = np.eye(3)
    for _ in range(rounds):
        left, _, right = np.linalg.svd(after[chosen].T @ before[chosen])
        handed = np.diag([1., 1., np.linalg.det(left @ right)])
        rotation = left @ handed @ right
        misses = np.linalg.norm(before @ rotation.T - after, axis=1)
        chosen = misses <= np.median(misses)
    return rotation


def _features(view: np.ndarray) -> np.ndarray:
    """(N, 2) float32 corners; none in a picture without contrast."""
    if view.std() < 4:  # grey levels: what is left is noise
        return np.zeros((0, 2), np.float32)
    corners = cv2.goodFeaturesToTrack(view, **_FEATURES)
    return np.zeros((0, 2), np.float32) if corners is None else corners.reshape(-1, 2)


def _rays(points: np.ndarray, cam2img: np.ndarray) -> np.ndarray:
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], 1)
    return homogeneous @ np.linalg.inv(cam2img).T
