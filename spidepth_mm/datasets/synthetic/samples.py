"""The grid of samples on which visibility is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SKY, ROAD, PAVEMENT, KERB, FIRST_PATCH = range(5)
NEAR = 0.3  # metres; what is nearer is not seen


@dataclass
class Visibility:
    """Samples on a grid of ``step`` pixels from pixel (-0.5, -0.5) on.

    Attributes:
        surface: int32 (R, C): SKY, ROAD, PAVEMENT, KERB, FIRST_PATCH + patch number, and
            after the patches the blobs.
        inverse_depth: float32 (R, C), 1 / metres; 0 is the sky.
        columns, rows: float32 (C,), (R,) pixel coordinates of the samples.
        homographies: (P, 3, 3), pixel to (a, b, 1) / depth of each patch.
    """

    surface: np.ndarray
    inverse_depth: np.ndarray
    columns: np.ndarray
    rows: np.ndarray
    homographies: np.ndarray
