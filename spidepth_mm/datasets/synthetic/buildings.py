"""Houses with gable roofs, blocks of flats, fences, poles. All in the builder's local frame."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from .builder import Builder
from .textures import NUM_FACADES, STOREY

_OVERHANG = 0.4  # metres of roof beyond the walls


def build_house(builder: Builder, rng: np.random.Generator, size: Tuple[float, float]) -> float:
    """House of ``size`` (along x, along z) with a gable roof; returns its height."""
    facade, wall = _wall_names(rng)
    tint = rng.uniform(0.82, 1.1) * rng.uniform(0.96, 1.04, 3)
    eaves = STOREY * rng.integers(1, 3) + rng.uniform(0.2, 0.7)
    builder.box(size, eaves, 0, dict(left=facade, right=facade, front=facade, back=facade),
                tint=tint)
    ridge = eaves + rng.uniform(0.32, 0.5) * min(size)
    _gable_roof(builder, size, eaves, ridge, wall, f'roof{rng.integers(2)}', tint,
                ridge_along_z=size[1] >= size[0])
    if rng.random() < 0.6:
        builder.box((0.6, 0.6), ridge + 0.7, eaves, dict(sides='plaster4', top='metal'),
                    centre=(size[0] * 0.18, size[1] * 0.22))
    return ridge


def build_block(builder: Builder, rng: np.random.Generator, size: Tuple[float, float]) -> float:
    """Block of flats with a flat roof; returns its height."""
    facade, wall = _wall_names(rng)
    tint = rng.uniform(0.82, 1.1) * rng.uniform(0.96, 1.04, 3)
    height = STOREY * rng.integers(3, 5) + 0.6
    builder.box(size, height, 0, dict(sides=facade), tint=tint)
    builder.box((size[0] + 0.3, size[1] + 0.3), height + 0.35, height - 0.1,
                dict(sides=wall, top='metal'), tint=0.85 * tint)
    return height


def build_fence(builder: Builder, length: float, height: float, texture: str,
                thickness: float = 0.1) -> None:
    """Fence or wall along z, centred."""
    builder.box((thickness, length), height, 0, dict(sides=texture, top=texture))


def build_lamp(builder: Builder, rng: np.random.Generator, towards_road: float) -> None:
    """Street lamp; ``towards_road`` is -1 or 1 along x."""
    height = rng.uniform(5.5, 7.5)
    builder.box((0.14, 0.14), height, 0, dict(sides='metal'), tint=(0.7, 0.72, 0.7))
    builder.box((1.3, 0.16), height + 0.12, height, dict(sides='metal', top='metal'),
                centre=(0.6 * towards_road, 0), tint=(0.8, 0.8, 0.8))


def build_sign(builder: Builder) -> None:
    """Round road sign on a post, facing the traffic that comes along +z."""
    builder.box((0.08, 0.08), 2.1, 0, dict(sides='metal'))
    builder.patch((-0.32, -2.7, -0.06), (0.64, 0, 0), (0, 0.64, 0), 'sign', fit=True, disc=True)
    builder.patch((0.32, -2.7, -0.05), (-0.64, 0, 0), (0, 0.64, 0), 'metal', fit=True, disc=True)


def _wall_names(rng: np.random.Generator) -> Tuple[str, str]:
    number = rng.integers(NUM_FACADES)
    return f'facade{number}', f'plaster{number}'


def _gable_roof(builder: Builder, size: Tuple[float, float], eaves: float, ridge: float,
                wall: str, roof: str, tint: np.ndarray, ridge_along_z: bool) -> None:
    """Two slopes with overhang and the two gables under them."""
    half_x, half_z = size[0] / 2, size[1] / 2
    rise = ridge - eaves
    if not ridge_along_z:
        half_x, half_z = half_z, half_x

    def turn(x, y, z):  # a quarter turn about y where the ridge runs along x
        return (x, y, z) if ridge_along_z else (z, y, -x)

    out = 1 + _OVERHANG / half_x  # slopes go on below the eaves, in the same plane
    long = half_z + _OVERHANG
    for side in (1, -1):
        down = turn(side * half_x * out, rise * out, 0)
        builder.patch(turn(0, -ridge, -side * long), turn(0, 0, side * 2 * long), down, roof)
        under = turn(side * half_x * out, -ridge + rise * out - 0.01, side * long)
        builder.patch(under, turn(0, 0, -side * 2 * long), [-e for e in down], 'fence',
                      tint=(0.6, 0.6, 0.6))
        builder.patch(turn(side * half_x, -ridge, side * half_z), turn(-side * 2 * half_x, 0, 0),
                      turn(0, rise, 0), wall, taper=(0.5, 0.5), tint=tint)
