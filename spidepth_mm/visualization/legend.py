"""Depth maps that say what their colours mean."""

from __future__ import annotations

from typing import List, Optional, Tuple

import cv2
import numpy as np

from .colorize import colorize_depth, disparity_range
from .depth_grid import label

Limits = Tuple[float, float]

#: What stands above a depth map, short enough for the smallest, and the unit behind its numbers,
#: by the scale of a prediction.
SCALE_TITLES = {
    'metric': ('depth, m (metric)', ' m'),
    'stereo': ('depth, m (stereo)', ' m'),
    'unknown': ('relative depth', ''),
}
_SMALLEST_SIDE, _LARGEST_SIDE = 120, 4096
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def smooth_limits(depth: np.ndarray, before: Optional[Limits], momentum: float = 0.9) -> Limits:
    """Colour limits of a video's next frame, which change slowly so that it does not flicker.

    Args:
        depth (np.ndarray): (H, W), the frame's.
        before (tuple, optional): Limits of the frame before.
    """
    limits = disparity_range(depth)
    if before is None:
        return limits
    return tuple(momentum * old + (1 - momentum) * new for old, new in zip(before, limits))


def draw_depth(image: np.ndarray, depth: np.ndarray, scale_type: str = 'unknown',
               limits: Optional[Limits] = None) -> np.ndarray:
    """An image and its depth side by side, with a legend.

    A wide image is above its depth map. A picture of a very large image is
    made smaller, one of a very small image larger.

    Args:
        image (np.ndarray): (H, W, 3) uint8, RGB.
        depth (np.ndarray): (H, W), positive, 0 where there is none.
        scale_type (str): 'metric', 'stereo' or 'unknown'.
        limits (tuple, optional): Inverse depths of the darkest and the
            brightest colour; :func:`disparity_range` if None.

    Returns:
        np.ndarray: (H', W', 3) uint8, RGB.
    """
    title, unit = SCALE_TITLES[scale_type]
    image, depth = _at_display_size(image, depth)
    limits = limits or disparity_range(depth)
    panels = [label(image, 'image'), label(colorize_depth(depth, limits), title)]
    wide = image.shape[1] > 2 * image.shape[0]
    picture = np.concatenate(panels, axis=0 if wide else 1)
    return np.concatenate([picture, draw_legend(picture.shape[0], limits, unit)], axis=1)


def draw_legend(height: int, limits: Limits, unit: str = '') -> np.ndarray:
    """A bar of the colours of :func:`colorize_depth` with depths beside it; near is below.

    Args:
        height (int): Pixels.
        limits (tuple): Inverse depths of the darkest and the brightest colour.
        unit (str): Written behind each depth.

    Returns:
        np.ndarray: (height, W, 3) uint8, RGB.
    """
    scale = float(np.clip(height / 1000, 0.35, 2))
    text_height = cv2.getTextSize('0', _FONT, scale, 1)[0][1]
    margin, bar_width = text_height, 2 * text_height
    rows = max(height - 2 * margin, 2)
    low, high = limits
    levels = np.linspace(low, high, rows)
    # Inverse depth 0 is infinitely far: it gets the darkest colour, and not that of "none".
    depths = 1 / np.maximum(levels, 1e-9)
    bar = colorize_depth(np.repeat(depths[:, None], bar_width, 1), limits)
    ticks = legend_ticks(limits, most=max(2, rows // (3 * text_height)))
    texts = [f'{tick:g}{unit}' for tick in ticks]
    # As wide for every frame of a video, whatever its depths are.
    text_width = max(cv2.getTextSize(t, _FONT, scale, 1)[0][0] for t in (f'0.000{unit}', *texts))
    left = margin + bar_width
    legend = np.zeros((height, left + 2 * margin + text_width, 3), np.uint8)
    bar = bar[:height - margin]
    legend[margin:margin + len(bar), margin:left] = bar
    thickness = max(1, round(scale))
    for tick, text in zip(ticks, texts):
        row = margin + round((1 / tick - low) / (high - low) * (rows - 1))
        cv2.line(legend, (left, row), (left + margin // 2, row), (255, 255, 255), thickness)
        cv2.putText(legend, text, (left + margin, row + text_height // 2), _FONT, scale,
                    (255, 255, 255), thickness, cv2.LINE_AA)
    return legend


def legend_ticks(limits: Limits, most: int) -> List[float]:
    """Round depths within the limits, at least 1 / ``most`` of the bar apart; near ones first.

    Args:
        limits (tuple): Inverse depths, increasing.
        most (int): So many at the most.
    """
    low, high = limits
    if high <= 0:
        return []
    nearest, farthest = 1 / high, 1 / max(low, high / 1000)
    exponents = range(int(np.floor(np.log10(nearest))), int(np.ceil(np.log10(farthest))) + 1)
    candidates = [round(step * 10. ** exponent, 12) for exponent in exponents
                  for step in (1, 1.5, 2, 3, 4, 5, 6, 8)]
    ticks: List[float] = []
    for depth in candidates:
        if not nearest <= depth <= farthest:
            continue
        if not ticks or (1 / ticks[-1] - 1 / depth) / (high - low) >= 1 / most:
            ticks.append(depth)
    return ticks


def _at_display_size(image: np.ndarray, depth: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    height, width = depth.shape
    factor = _SMALLEST_SIDE / min(height, width) if min(height, width) < _SMALLEST_SIDE else 1.
    factor = min(factor, _LARGEST_SIDE / max(height, width))
    if factor == 1:
        return image, depth
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    return (cv2.resize(image, size, interpolation=interpolation),
            cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST))
