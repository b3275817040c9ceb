"""Where the street lies: its centre line and cross-section.

World frame: x right, y down, z forward, metres, the carriageway at y = 0. The
centre line is ``x = bend(z)``; a place on the ground is also given as
``(along, across)`` = (z, distance to the right of the centre line).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np

# Two lanes, two cycle lanes, two parking lanes. So the nearest parked car is seen from 4 m on, as
# on KITTI; closer by, stereo disparities outgrow what photometric training can bridge.
HALF_WIDTH = 7.0
LANE_CENTRE = 1.65
PARKING_CENTRE = HALF_WIDTH - 1.05
KERB_HEIGHT = 0.12
PAVEMENT_EDGE = HALF_WIDTH + 2.3


@dataclass(frozen=True)
class Road:
    """Sum of sine waves as centre line.

    Attributes:
        amplitude: (M,) metres.
        wavelength: (M,) metres.
        phase: (M,) radians.
    """

    amplitude: np.ndarray
    wavelength: np.ndarray
    phase: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Road:
        """A gently winding street, never steeper than about 20 degrees to the z axis."""
        wavelength = rng.uniform([170, 90], [320, 140])
        slope = rng.uniform([0.10, 0.0], [0.28, 0.07])
        phase = rng.uniform(0, 2 * np.pi, 2)
        return cls(slope * wavelength / (2 * np.pi), wavelength, phase)

    def bend(self, z):
        """x of the centre line; any shape."""
        return sum(np.float32(a) * np.sin(z * np.float32(2 * np.pi / w) + np.float32(p))
                   for a, w, p in zip(self.amplitude, self.wavelength, self.phase))

    def slope(self, z):
        """Derivative of ``bend``."""
        return sum(np.float32(a * 2 * np.pi / w) *
                   np.cos(z * np.float32(2 * np.pi / w) + np.float32(p))
                   for a, w, p in zip(self.amplitude, self.wavelength, self.phase))

    def across(self, x, z):
        """Signed distance to the centre line, to first order in its curvature."""
        return (x - self.bend(z)) / np.sqrt(1 + self.slope(z)**2)

    def place(self, along: float, across: float) -> Tuple[float, float, float]:
        """(x, z, heading) of the point ``across`` metres right of the centre line at ``along``.

        Heading is the road's angle to the z axis in radians, positive to the right.
        """
        heading = float(np.arctan(self.slope(along)))
        x = float(self.bend(along)) + across * np.cos(heading)
        return x, along - across * float(np.sin(heading)), heading
