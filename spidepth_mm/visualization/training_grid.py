"""What self-supervised training sees, in one picture."""

from typing import List, Optional, Sequence

import cv2
import numpy as np
import torch

from spidepth_mm.geometry import rotation_angle

from .colorize import colorize_depth, colorize_error, colorize_level, disparity_range, thicken
from .depth_grid import label

# Photometric error and image difference of the last colour, on the [0, 1] scale of the images.
LARGEST_ERROR = 0.4
STEREO = 's'
_MASKED = np.array([200, 30, 30])


def name_of_offset(offset) -> str:
    """'source -1', 'source +1', 'stereo partner'."""
    return 'stereo partner' if offset == STEREO else f'source {offset:+d}'


def describe_motion(source_from_target: np.ndarray) -> str:
    """Length and angle of a rigid motion (4, 4), e.g. 'moved 0.85, turned 1.20 deg'."""
    motion = torch.as_tensor(source_from_target, dtype=torch.float64)
    angle = torch.rad2deg(rotation_angle(motion)).item()
    return f'moved {motion[:3, 3].norm().item():.3g}, turned {angle:.2f} deg'


def target_panels(image: np.ndarray, depth: np.ndarray, error: Optional[np.ndarray] = None,
                  used: Optional[np.ndarray] = None) -> List[np.ndarray]:
    """The target, its depth, what each pixel pays, and which are auto-masked.

    Args:
        image (np.ndarray): (H, W, 3) uint8, RGB.
        depth (np.ndarray): (H, W), positive.
        error (np.ndarray, optional): (H, W), the photometric error, in [0, 1].
        used (np.ndarray, optional): (H, W) bool, False where auto-masked.

    Returns:
        list[np.ndarray]: Labelled pictures (H + label, W, 3) uint8, RGB.
    """
    panels = [('target', image), (f'depth {_range_of(depth)}', colorize_depth(depth))]
    if error is not None:
        panels.append((f'photometric error, mean {error.mean():.3f}, red from {LARGEST_ERROR}',
                       colorize_level(error / LARGEST_ERROR)))
    if used is not None:
        masked = np.where(used[..., None], image, 0.4 * image + 0.6 * _MASKED).astype(np.uint8)
        panels.append((f'auto-masked (red): {100 * (1 - used.mean()):.0f} %', masked))
    return [label(picture, text) for text, picture in panels]


def source_panels(image: np.ndarray, source: np.ndarray, warped: np.ndarray,
                  valid: Optional[np.ndarray] = None, name: str = 'source',
                  note: str = '') -> List[np.ndarray]:
    """A source, the same warped into the target, and the differences without and with warping.

    Args:
        image (np.ndarray): (H, W, 3) uint8, the target.
        source (np.ndarray): (H, W, 3) uint8.
        warped (np.ndarray): (H, W, 3) uint8.
        valid (np.ndarray, optional): (H, W) bool; pixels to compare, others
            are left black in what is warped.
        name (str): Of the source.
        note (str): On its motion.

    Returns:
        list[np.ndarray]: 4 labelled pictures (H + label, W, 3) uint8, RGB.
    """
    valid = np.ones(image.shape[:2], bool) if valid is None else valid
    before, after = (difference(image, other, valid) for other in (source, warped))
    shown = np.where(valid[..., None], warped, 0)
    unseen = f', {100 * (1 - valid.mean()):.0f} % unseen' * (not valid.all())
    return [
        label(source, f'{name}: {note}' if note else name),
        label(shown, f'{name} warped into the target{unseen}'),
        label(_show_difference(before, valid), f'difference unwarped, mean {_mean(before, valid)}'),
        label(_show_difference(after, valid), f'difference warped, mean {_mean(after, valid)}')]


def difference(image: np.ndarray, other: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Mean absolute difference over the colours, (H, W) in [0, 1]; 0 where not valid."""
    values = np.abs(image.astype(np.float32) - other.astype(np.float32)).mean(-1) / 255
    return np.where(valid, values, 0)


def ground_truth_panels(pred: np.ndarray, target: np.ndarray, scale: float = 1.,
                        largest: float = 0.5) -> List[np.ndarray]:
    """Ground truth and relative error, labelled.

    Args:
        pred (np.ndarray): (H, W), as predicted.
        target (np.ndarray): (H, W), metres, 0 where there is none.
        scale (float): Factor applied to ``pred`` before it is compared.
        largest (float): Relative error of the last colour.
    """
    pred = pred * scale
    shown = thicken(target) if (target > 0).mean() < 0.2 else target
    valid = target > 0
    mean = float((np.abs(pred - target)[valid] / target[valid]).mean()) if valid.any() else np.nan
    scaled = f', scaled by {scale:.2f}' if scale != 1 else ''
    return [label(colorize_depth(shown, disparity_range(target)),
                  f'ground truth {_range_of(target)}'),
            label(colorize_error(pred, shown, largest),
                  f'relative error{scaled}, mean {mean:.2f}, red from {largest}')]


def stack_rows(rows: Sequence[Sequence[np.ndarray]],
                   panel_width: Optional[int] = None) -> np.ndarray:
    """Rows of pictures to one picture; short rows are filled up with black.

    Args:
        rows (Sequence[Sequence[np.ndarray]]): (H, W, 3) uint8 each, of one
            height within a row.
        panel_width (int, optional): Wider pictures are made smaller.
    """
    lines = [np.concatenate([fit_width(panel, panel_width) for panel in row], 1) for row in rows]
    width = max(line.shape[1] for line in lines)
    return np.concatenate([
        np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0))) for line in lines])


def fit_width(picture: np.ndarray, width: Optional[int]) -> np.ndarray:
    """An (H, W, 3) picture, label and all, no wider than ``width``."""
    if width is None or picture.shape[1] <= width:
        return picture
    size = (width, max(1, round(picture.shape[0] * width / picture.shape[1])))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _show_difference(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    return np.where(valid[..., None], colorize_level(values / LARGEST_ERROR), 0)


def _mean(values: np.ndarray, valid: np.ndarray) -> str:
    return f'{values[valid].mean():.3f}' if valid.any() else 'unknown'


def _range_of(depth: np.ndarray) -> str:
    finite = depth[np.isfinite(depth) & (depth > 0)]
    lost = f', {np.sum(~np.isfinite(depth))} not finite' * (not np.isfinite(depth).all())
    if not finite.size:
        return f'of no pixel{lost}'
    low, middle, high = np.percentile(finite, (0, 50, 100))
    return f'{low:.3g} to {high:.3g}, median {middle:.3g}{lost}'


def to_uint8(image: np.ndarray) -> np.ndarray:
    """(3, H, W) in [0, 1] to (H, W, 3) uint8."""
    clean = np.nan_to_num(image.transpose(1, 2, 0))
    return np.round(255 * clean.clip(0, 1)).astype(np.uint8)
