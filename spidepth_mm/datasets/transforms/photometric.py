"""Changes of colour for training with ground truth.

Self-supervised training jitters on the device instead, in
``DepthDataPreprocessor``, because its loss needs the clean frames too.
"""

from __future__ import annotations

from typing import Any, Dict, Tuple

import numpy as np
from mmcv.transforms import BaseTransform

from spidepth_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomGammaBrightnessColor(BaseTransform):
    """Gamma, brightness and a factor for each channel, on a [0, 1] scale, then clipped.

    As BTS (Lee et al., 2019) and AdaBins (Bhat et al., CVPR 2021) augment.
    One draw for all frames of a sample, uniform in each range. uint8 frames
    stay uint8; float frames are expected in [0, 1].
    Draws from numpy's global generator, which mmengine seeds per worker.

    Args:
        gamma (tuple): Range of the exponent.
        brightness (tuple): Range of the common factor; indoors (0.75, 1.25).
        color (tuple): Range of each channel's factor.
        prob (float): Share of samples that are changed.
    """

    def __init__(self, gamma: Tuple[float, float] = (0.9, 1.1),
                 brightness: Tuple[float, float] = (0.9, 1.1),
                 color: Tuple[float, float] = (0.9, 1.1), prob: float = 0.5) -> None:
        for name, span in (('gamma', gamma), ('brightness', brightness), ('color', color)):
            if len(span) != 2 or not 0 < span[0] <= span[1]:
                raise ValueError(f'{name} must be (low, high) with 0 < low <= high, '
                                 f'but got {span}.')
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must lie in [0, 1], but got {prob}.')
        self.gamma, self.brightness, self.color = tuple(gamma), tuple(brightness), tuple(color)
        self.prob = prob

    def transform(self, results: Dict[str, Any]) -> Dict[str, Any]:
        if not np.random.random() < self.prob:
            return results
        gamma = np.random.uniform(*self.gamma)
        factors = np.random.uniform(*self.brightness) * np.random.uniform(*self.color, size=3)
        return dict(results, frames=[change_colors(frame, gamma, factors)
                                     for frame in results['frames']])

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(gamma={self.gamma}, brightness={self.brightness}, '
                f'color={self.color}, prob={self.prob})')


def change_colors(frame: np.ndarray, gamma: float, factors: np.ndarray) -> np.ndarray:
    """``clip(frame ** gamma * factors, 0, 1)``.

    Args:
        frame (ndarray): (H, W, 3), float in [0, 1], or uint8 for 256 such levels.
        gamma (float): Exponent.
        factors (ndarray): (3, ), one for each channel.

    Returns:
        ndarray: (H, W, 3), of the frame's type.
    """
    if frame.dtype == np.uint8:
        # 256 levels are sooner computed than all pixels.
        levels = change_colors(np.arange(256)[:, None] / 255, gamma, factors)
        table = np.rint(255 * levels).astype(np.uint8)
        return np.stack([table[frame[..., c], c] for c in range(3)], -1)
    return np.clip(frame ** gamma * factors, 0, 1).astype(frame.dtype)
