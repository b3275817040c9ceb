"""Image, prediction, ground truth and error, side by side and labelled."""

from typing import List, Optional, Sequence

import cv2
import numpy as np

from spidepth_mm.utils.atomic_write import write_atomically

from .colorize import colorize_depth, colorize_error, disparity_range, thicken

# Ground truth with fewer valid pixels than this is drawn with thickened points.
_SPARSE = 0.2
# Least height of a label, and its height for each pixel of width: it can be read at any size.
_LABEL_HEIGHT = 18
_LABEL_SHARE = 1 / 35


def depth_panels(image: np.ndarray, pred: np.ndarray, target: Optional[np.ndarray] = None,
                 scale: float = 1., note: str = '') -> List[np.ndarray]:
    """The labelled panels of one result.

    Args:
        image (np.ndarray): (H, W, 3) uint8, RGB.
        pred (np.ndarray): (H, W), the depth as predicted.
        target (np.ndarray, optional): (H, W), metres, 0 where there is none.
        scale (float): Factor that was applied to ``pred`` to measure it.
        note (str): More to say on the prediction, e.g. its abs_rel.

    Returns:
        list[np.ndarray]: 2 or 4 pictures (H + label, W, 3) uint8, RGB.
    """
    pred = pred * scale
    limits = disparity_range(pred if target is None or not (target > 0).any() else target)
    panels = [('image', image), (f'prediction {note}'.strip(), colorize_depth(pred, limits))]
    if target is not None:
        sparse = (target > 0).mean() < _SPARSE
        shown = thicken(target) if sparse else target
        panels += [('ground truth', colorize_depth(shown, limits)),
                   ('relative error, 0 (blue) to 0.5 (red)', colorize_error(pred, shown))]
    return [label(picture, text) for text, picture in panels]


def label(picture: np.ndarray, text: str) -> np.ndarray:
    """Write ``text`` on a strip above an (H, W, 3) picture."""
    height = max(_LABEL_HEIGHT, round(picture.shape[1] * _LABEL_SHARE))
    strip = np.zeros((height, picture.shape[1], 3), np.uint8)
    cv2.putText(strip, text, (4, round(0.72 * height)), cv2.FONT_HERSHEY_SIMPLEX, height / 43,
                (255, 255, 255), max(1, height // 20), cv2.LINE_AA)
    return np.concatenate([strip, picture])


def stack_grid(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Rows of equally many pictures of one size to one picture, (sum H, sum W, 3) uint8."""
    return np.concatenate([np.concatenate(list(row), 1) for row in rows])


def write_picture(path: str, picture: np.ndarray) -> None:
    """Write an (H, W, 3) RGB picture, whole or not at all; unicode paths too.

    Raises:
        OSError: If the file cannot be written.
    """
    done, data = cv2.imencode('.png', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f'Cannot encode a picture for {path}.')
    write_atomically(path, data.tobytes())
