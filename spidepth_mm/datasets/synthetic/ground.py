"""The ground's texture: one large painting of the whole street in (along, across).

Rows are metres along the road, columns metres across it. Painting it whole
lets every crack, mark and shadow be where it is once, so that no place of the
road looks like another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Tuple

import cv2
import numpy as np

from .noise import fractal_noise, to_uint8
from .road import HALF_WIDTH, LANE_CENTRE, PAVEMENT_EDGE

COLUMNS_METRES = 40.96  # painted width
_FOLD_FROM, _FOLD_TO = 12.0, 20.0  # beyond, the gardens are mirrored back and forth
_SHADE = 0.5
_MARK = (222, 220, 212)


@dataclass
class GroundPlan:
    """What the street's layout puts on the ground, in (along, across) metres.

    Attributes:
        areas: (along0, along1, across0, across1, kind), kind 'grass', 'gravel' or 'slabs'.
        shadows: corner lists (K, 2), their convex hull is shaded.
        leaf_shadows: (along, across, radius) of dappled shade.
        crossings: ``along`` of zebra crossings.
    """

    areas: List[Tuple[float, float, float, float, str]] = field(default_factory=list)
    shadows: List[np.ndarray] = field(default_factory=list)
    leaf_shadows: List[Tuple[float, float, float]] = field(default_factory=list)
    crossings: List[float] = field(default_factory=list)


def across_texel(across, density: float):
    """Column of the painting for a distance across the road, in texels."""
    distance = np.abs(across)
    period = 2 * (_FOLD_TO - _FOLD_FROM)
    folded = np.abs((distance - _FOLD_TO) % period - period / 2) + _FOLD_FROM
    distance = np.where(distance > _FOLD_TO, folded, distance)
    return (np.sign(across) * distance + COLUMNS_METRES / 2).astype(np.float32) * density


def paint_ground(rng: np.random.Generator, plan: GroundPlan, start: float, length: float,
                 density: float) -> np.ndarray:
    """Paints the street.

    Args:
        plan: what lies where.
        start, length: metres along the road of the first row and of all rows.
        density: texels per metre; times the lengths it gives powers of two.

    Returns:
        uint8 (length * density, 40.96 * density, 3), RGB.
    """
    canvas = _Canvas(rng, start, length, density)
    canvas.fill_gardens(plan)
    canvas.fill_carriageway()
    canvas.fill_pavement()
    canvas.wear()
    canvas.mark(plan)
    canvas.shade(plan)
    return to_uint8(canvas.image)


class _Canvas:
    """A float32 picture with drawing in metres."""

    def __init__(self, rng, start, length, density) -> None:
        self.rng, self.start, self.density = rng, start, density
        self.shape = (round(length * density), round(COLUMNS_METRES * density))
        self.image = np.zeros(self.shape + (3,), np.float32)
        self.end = start + length
        coarse = max(int(density * 10.24), 4)
        self.fine = fractal_noise(rng, self.shape, 1, 4, 0.2)
        self.broad = fractal_noise(rng, self.shape, 4, coarse, 0.6)

    def columns(self, low: float, high: float) -> slice:
        middle = COLUMNS_METRES / 2
        return slice(max(round((low + middle) * self.density), 0),
                     max(round((high + middle) * self.density), 0))

    def rows(self, low: float, high: float) -> slice:
        return slice(max(round((low - self.start) * self.density), 0),
                     max(round((high - self.start) * self.density), 0))

    def points(self, along_across: np.ndarray) -> np.ndarray:
        """(K, 2) metres to OpenCV's fixed-point (x, y) with 4 fractional bits."""
        x = (along_across[:, 1] + COLUMNS_METRES / 2) * self.density - 0.5
        y = (along_across[:, 0] - self.start) * self.density - 0.5
        return np.rint(np.stack([x, y], 1) * 16).astype(np.int32)

    def cover(self, rows: slice, columns: slice, colour, fine: float, broad: float) -> None:
        light = 1 + fine * self.fine[rows, columns] + broad * self.broad[rows, columns]
        self.image[rows, columns] = np.asarray(colour, np.float32) * light[..., None]

    def slabs(self, rows: slice, columns: slice, size: float, colour) -> None:
        self.cover(rows, columns, colour, 0.07, 0.08)
        part = self.image[rows, columns]
        step = max(round(size * self.density), 2)
        height, width = part.shape[:2]
        if height == 0 or width == 0:
            return
        tone = self.rng.uniform(0.84, 1.12, (height // step + 1, width // step + 1, 1))
        part *= tone.repeat(step, 0).repeat(step, 1)[:height, :width].astype(np.float32)
        part[::step] *= 0.74
        part[:, ::step] *= 0.74

    def fill_gardens(self, plan: GroundPlan) -> None:
        green = np.array([94, 104, 52]) * self.rng.uniform(0.85, 1.1, 3)
        self.cover(slice(None), slice(None), green, 0.20, 0.20)
        dry = np.clip(self.broad * 0.6, 0, 0.8)[..., None]
        self.image += dry * (np.array([36, 20, 14], np.float32))
        for along0, along1, across0, across1, kind in plan.areas:
            rows, columns = self.rows(along0, along1), self.columns(across0, across1)
            if kind == 'gravel':
                self.cover(rows, columns, (150, 138, 118), 0.20, 0.08)
            elif kind == 'slabs':
                self.slabs(rows, columns, 0.4, (142, 130, 118))

    def fill_carriageway(self) -> None:
        tone = self.rng.uniform(88, 118)
        self.cover(slice(None), self.columns(-HALF_WIDTH, HALF_WIDTH),
                   (tone, tone, tone * 1.02), 0.10, 0.10)
        for side in (-1, 1):
            low, high = sorted((side * (HALF_WIDTH - 2.1), side * HALF_WIDTH))
            if self.rng.random() < 0.5:
                self.slabs(slice(None), self.columns(low, high), 0.25, (118, 110, 106))
        for _ in range(24):  # mended places
            along, across = self.rng.uniform(self.start, self.end), self.rng.uniform(-5, 4)
            rows = self.rows(along, along + self.rng.uniform(0.6, 6))
            columns = self.columns(across, min(across + self.rng.uniform(0.4, 2.2), HALF_WIDTH))
            self.image[rows, columns] *= self.rng.choice([0.72, 0.82, 1.15, 1.22])

    def fill_pavement(self) -> None:
        for side in (-1, 1):
            low, high = sorted((side * HALF_WIDTH, side * PAVEMENT_EDGE))
            tone = self.rng.uniform(140, 172)
            self.slabs(slice(None), self.columns(low, high), self.rng.choice([0.4, 0.5, 0.8]),
                       (tone, tone * 0.97, tone * 0.93))
            low, high = sorted((side * (HALF_WIDTH - 0.02), side * (HALF_WIDTH + 0.16)))
            kerb = self.columns(low, high)
            self.cover(slice(None), kerb, (176, 174, 168), 0.06, 0.06)
            self.image[::max(round(self.density), 2), kerb] *= 0.6

    def wear(self) -> None:
        """Tyre tracks, cracks, manholes, oil."""
        across = (np.arange(self.shape[1]) + 0.5) / self.density - COLUMNS_METRES / 2
        track = sum(np.exp(-((across - lane - side * 0.75) / 0.28)**2)
                    for lane in (-LANE_CENTRE, LANE_CENTRE) for side in (-1, 1))
        on_road = np.abs(across) < HALF_WIDTH
        self.image *= (1 - 0.12 * track * on_road).astype(np.float32)[None, :, None]
        rng = self.rng
        for _ in range(40):
            place = np.array([rng.uniform(self.start, self.end), rng.uniform(-5, 5)])
            heading = rng.uniform(0, 2 * np.pi)
            steps = np.cumsum(rng.normal(0, 0.5, 14)) + heading
            line = place + np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1) * 0.35, 0)
            line[:, 1] = np.clip(line[:, 1], -HALF_WIDTH + 0.1, HALF_WIDTH - 0.1)
            thickness = max(round(0.05 * self.density), 1)
            cv2.polylines(self.image, [self.points(line)], False, (52, 52, 54), thickness,
                          cv2.LINE_AA, 4)
        for _ in range(26):
            place = np.array([[rng.uniform(self.start, self.end), rng.uniform(-5, 5)]])
            radius = rng.choice([0.32, 0.32, rng.uniform(0.2, 0.9)])
            colour = (70, 68, 66) if radius == 0.32 else (78, 78, 80)
            cv2.circle(self.image, self.points(place)[0].tolist(),
                       int(radius * self.density * 16), colour, -1, cv2.LINE_AA, 4)

    def mark(self, plan: GroundPlan) -> None:
        worn = np.clip(0.86 + 0.10 * self.fine + 0.10 * self.broad, 0.35, 1)[..., None]
        paint = np.zeros(self.shape, np.float32)
        for along in np.arange(self.start, self.end, 6.0):
            paint[self.rows(along, along + 3.0), self.columns(-0.07, 0.07)] = 1
        for side in (-1, 1):
            edge = side * (HALF_WIDTH - 2.15)
            paint[:, self.columns(edge - 0.05, edge + 0.05)] = 1
            for along in np.arange(self.start, self.end, 6.2):
                low, high = sorted((edge, side * HALF_WIDTH))
                paint[self.rows(along, along + 0.1), self.columns(low, high)] = 1
        for along in plan.crossings:
            paint[self.rows(along - 0.6, along + 4.4)] *= 0
            for across in np.arange(-HALF_WIDTH + 0.3, HALF_WIDTH - 0.5, 1.0):
                paint[self.rows(along, along + 3.6), self.columns(across, across + 0.5)] = 1
        paint = paint[..., None] * worn * 0.9
        self.image += paint * (np.array(_MARK, np.float32) - self.image)

    def shade(self, plan: GroundPlan) -> None:
        shade = np.zeros(self.shape, np.float32)
        for corners in plan.shadows:
            hull = cv2.convexHull(self.points(corners))
            cv2.fillConvexPoly(shade, hull, 1.0, cv2.LINE_AA, 4)
        for along, across, radius in plan.leaf_shadows:
            rows = self.rows(along - radius, along + radius)
            columns = self.columns(across - radius, across + radius)
            y = (np.arange(rows.start, rows.stop) + 0.5) / self.density + self.start - along
            x = (np.arange(columns.start, columns.stop) + 0.5) / self.density
            x = x - COLUMNS_METRES / 2 - across
            part = shade[rows, columns]
            y, x = y[:part.shape[0], None], x[None, :part.shape[1]]
            soft = 1.3 - (x**2 + y**2) / radius**2 + 0.35 * self.broad[rows, columns]
            soft = soft + 0.25 * self.fine[rows, columns]
            np.maximum(part, np.clip(soft * 2 - 1, 0, 1) * (x**2 + y**2 < radius**2), out=part)
        shade = cv2.blur(shade, (3, 3))[..., None]
        self.image *= 1 - (1 - _SHADE) * shade * np.array([1.04, 1.0, 0.93], np.float32)
