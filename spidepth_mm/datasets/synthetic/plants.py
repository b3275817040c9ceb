"""Trees and hedges in the builder's local frame."""

from __future__ import annotations

import numpy as np

from .builder import Builder
from .textures import NUM_FOLIAGE


def build_tree(builder: Builder, rng: np.random.Generator, size: float = 1.0) -> float:
    """Broad-leaved tree of overlapping ellipsoids; returns the radius of its crown."""
    trunk, radius = size * rng.uniform(1.8, 2.6), size * rng.uniform(1.3, 2.0)
    thick = 0.11 * size + 0.1
    builder.box((thick, thick), trunk + radius, 0, dict(sides='bark'))
    texture = f'foliage{rng.integers(NUM_FOLIAGE)}'
    tint = rng.uniform(0.8, 1.15) * rng.uniform(0.92, 1.08, 3)
    middle = trunk + radius * 0.9
    for _ in range(int(rng.integers(7, 11))):
        direction = rng.normal(size=3)
        direction *= rng.uniform(0.35, 0.75) * radius / np.linalg.norm(direction)
        lump = radius * rng.uniform(0.34, 0.6)
        builder.blob((direction[0], -middle + 0.9 * direction[1], direction[2]),
                     (lump, lump * rng.uniform(0.75, 1.0), lump), texture,
                     tint * rng.uniform(0.85, 1.12))
    return radius


def build_conifer(builder: Builder, rng: np.random.Generator, size: float = 1.0) -> float:
    """Tall tree of flat ellipsoids that get smaller upwards; returns its radius."""
    radius, height = size * rng.uniform(1.1, 1.6), size * rng.uniform(6, 9)
    builder.box((0.25, 0.25), 1.5, 0, dict(sides='bark'))
    texture = f'foliage{rng.integers(NUM_FOLIAGE)}'
    tint = rng.uniform(0.6, 0.85) * np.array([0.9, 1.0, 0.95])
    for level in np.linspace(0, 1, 6):
        width = radius * (1.05 - 0.85 * level)
        builder.blob((0, -1.3 - level * (height - 2), 0), (width, height * 0.14, width),
                     texture, tint * rng.uniform(0.9, 1.1))
    return radius


def build_bush(builder: Builder, rng: np.random.Generator) -> None:
    """One or two low lumps."""
    texture = f'foliage{rng.integers(NUM_FOLIAGE)}'
    for _ in range(int(rng.integers(1, 3))):
        radius = rng.uniform(0.4, 0.9)
        builder.blob((rng.normal(0, 0.4), -radius * 0.5, rng.normal(0, 0.5)),
                     (radius, radius * 0.8, radius), texture,
                     rng.uniform(0.7, 1.1) * np.ones(3))


def build_hedge(builder: Builder, rng: np.random.Generator, length: float) -> float:
    """Clipped hedge along z, centred; returns its height."""
    height = rng.uniform(0.8, 1.9)
    tint = rng.uniform(0.75, 1.1) * np.ones(3)
    builder.box((0.7, length), height, 0, dict(sides='hedge', top='hedge'), tint=tint)
    return height
