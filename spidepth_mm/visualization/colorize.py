"""Numbers to colours: depth and error maps that can be read."""

from typing import Optional, Tuple

import cv2
import numpy as np

# Near is bright. Disparity rather than depth is mapped, so that the near range, where depth is
# known best, gets most of the colours.
DEPTH_COLORMAP = cv2.COLORMAP_MAGMA
# Factors of the error map's colour steps: each is a step on the way to a1 = 1.25.
ERROR_COLORMAP = cv2.COLORMAP_TURBO


def disparity_range(depth: np.ndarray) -> Tuple[float, float]:
    """Inverse depths that bound the colours: the 2nd and 98th percentile of valid pixels.

    Args:
        depth (np.ndarray): (H, W), metres, 0 where there is none.

    Returns:
        tuple[float, float]: 1/metres, increasing; (0, 1) without valid pixels.
    """
    valid = depth[np.isfinite(depth) & (depth > 0)]
    if valid.size == 0:
        return 0., 1.
    low, high = np.percentile(1 / valid, (2, 98))
    return float(low), float(max(high, low + 1e-6))


def colorize_depth(depth: np.ndarray, limits: Optional[Tuple[float, float]] = None) -> np.ndarray:
    """Depth as colours, near bright and far dark; black where there is none.

    Args:
        depth (np.ndarray): (H, W), positive, 0 where there is none.
        limits (tuple[float, float], optional): Inverse depths of the darkest
            and the brightest colour; :func:`disparity_range` if None.

    Returns:
        np.ndarray: (H, W, 3) uint8, RGB.
    """
    valid = np.isfinite(depth) & (depth > 0)
    low, high = limits or disparity_range(depth)
    disparity = 1 / np.where(valid, depth, 1)
    level = np.clip((disparity - low) / (high - low), 0, 1)
    picture = _apply(level, DEPTH_COLORMAP)
    picture[~valid] = 0
    return picture


def colorize_error(pred: np.ndarray, target: np.ndarray, largest: float = 0.5) -> np.ndarray:
    """Relative error ``|pred - target| / target``, blue to red at ``largest``; black where unknown.

    Args:
        pred (np.ndarray): (H, W), same unit as ``target``.
        target (np.ndarray): (H, W), 0 where there is no ground truth.
        largest (float): Relative error of the last colour.

    Returns:
        np.ndarray: (H, W, 3) uint8, RGB.
    """
    valid = target > 0
    error = np.abs(pred - target) / np.where(valid, target, 1)
    # A prediction that is no number is wrong, not perfect.
    error = np.where(np.isfinite(error), error, largest)
    picture = colorize_level(error / largest)
    picture[~valid] = 0
    return picture


def colorize_level(level: np.ndarray) -> np.ndarray:
    """Numbers as colours, blue at 0 to red at 1 and above; red where it is no number.

    Args:
        level (np.ndarray): (H, W).

    Returns:
        np.ndarray: (H, W, 3) uint8, RGB.
    """
    return _apply(np.clip(np.nan_to_num(level, nan=1.), 0, 1), ERROR_COLORMAP)


def thicken(sparse: np.ndarray, radius: int = 1) -> np.ndarray:
    """Grow sparse points (LiDAR) so that they can be seen; the nearest depth wins.

    Args:
        sparse (np.ndarray): (H, W), 0 where there is none.
        radius (int): Pixels.

    Returns:
        np.ndarray: (H, W).
    """
    disparity = np.where(sparse > 0, 1 / np.maximum(sparse, 1e-6), 0).astype(np.float32)
    grown = cv2.dilate(disparity, np.ones((2 * radius + 1, ) * 2, np.uint8))
    return np.where(grown > 0, 1 / np.maximum(grown, 1e-6), 0)


def _apply(level: np.ndarray, colormap: int) -> np.ndarray:
    bgr = cv2.applyColorMap(np.round(level * 255).astype(np.uint8), colormap)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
