"""Tileable random fields from which the textures are painted."""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np


def fractal_noise(
    rng: np.random.Generator,
    shape: Tuple[int, int],
    finest: int = 1,
    coarsest: int = 128,
    slope: float = 0.7,
) -> np.ndarray:
    """Sum of smooth random fields of periods ``finest`` .. ``coarsest`` pixels.

    Natural surfaces have structure at every scale, and a surface keeps visible
    texture when it is seen small only if its large scales carry contrast too.

    Args:
        rng: source of randomness.
        shape: (H, W), powers of two.
        finest: smallest period, a power of two.
        coarsest: largest period, a power of two, cut to the shape.
        slope: a period's amplitude is ``period ** slope``: 0 is white, 1 is cloudy.

    Returns:
        float32 (H, W), tileable, mean 0 and standard deviation 1.
    """
    height, width = shape
    period = 2**int(np.log2(min(coarsest, height, width)))
    total = np.zeros((height // period, width // period), np.float32)
    while True:
        total += period**slope * rng.standard_normal(total.shape, dtype=np.float32)
        if period <= finest:
            break
        total = _double(total)
        period //= 2
    while total.shape != shape:
        total = _double(total)
    total -= total.mean()
    return total / max(float(total.std()), 1e-6)


def _double(field: np.ndarray) -> np.ndarray:
    """Twice the size with cubic weights, wrapping at the borders."""
    padded = np.pad(field, 2, mode='wrap')
    size = (2 * padded.shape[1], 2 * padded.shape[0])
    return cv2.resize(padded, size, interpolation=cv2.INTER_CUBIC)[4:-4, 4:-4]


def tint_by_noise(colour, amount: np.ndarray) -> np.ndarray:
    """Colour (3,) times ``1 + amount`` (H, W): float32 (H, W, 3), not clipped."""
    return np.asarray(colour, np.float32) * (1 + amount[..., None]).astype(np.float32)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Rounds and clips to 0..255."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
