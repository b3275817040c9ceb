"""Cars and vans: their paint and their shapes."""

from __future__ import annotations

from typing import Dict

import cv2
import numpy as np

from .builder import Builder
from .noise import fractal_noise, tint_by_noise, to_uint8

NUM_PAINTS = 6
_PAINTS = [(168, 28, 30), (40, 66, 120), (186, 190, 194), (38, 40, 44), (232, 232, 228),
           (104, 110, 114), (30, 84, 60), (198, 150, 40), (112, 28, 44), (96, 140, 176)]
_GLASS = (44, 54, 62)


def paint_vehicles(rng: np.random.Generator) -> Dict[str, np.ndarray]:
    """Side, front, back, cabin and roof tiles for every paint, and the wheel."""
    tiles = {'wheel': _wheel(), 'shadow': _shadow(rng)}
    for number, paint in enumerate(rng.permutation(len(_PAINTS))[:NUM_PAINTS]):
        colour = _PAINTS[paint]
        tiles[f'car{number}_paint'] = _body(rng, (64, 64), colour)
        tiles[f'car{number}_side'] = _side(rng, colour)
        tiles[f'car{number}_front'] = _end(rng, colour, (240, 240, 220), grille=True)
        tiles[f'car{number}_back'] = _end(rng, colour, (190, 24, 24), grille=False)
        tiles[f'car{number}_windows'] = _windows(rng, colour)
        tiles[f'car{number}_screen'] = _screen(rng, colour)
        tiles[f'van{number}_side'] = _van_side(rng, colour)
        tiles[f'van{number}_front'] = _van_end(rng, colour, (240, 240, 220))
        tiles[f'van{number}_back'] = _van_end(rng, colour, (190, 24, 24))
    return tiles


def build_vehicle(builder: Builder, rng: np.random.Generator) -> None:
    """A vehicle heading along +z, its middle at the origin of the builder's frame."""
    paint = int(rng.integers(NUM_PAINTS))
    if rng.random() < 0.08:
        _build_van(builder, f'van{paint}', f'car{paint}')
        return
    length, width = rng.uniform(3.7, 4.6), rng.uniform(1.66, 1.82)
    waist, roof = rng.uniform(0.84, 0.96), rng.uniform(1.38, 1.58)
    builder.box((width, length), waist, 0.2, dict(
        left=f'car{paint}_side', right=f'car{paint}_side', front=f'car{paint}_front',
        back=f'car{paint}_back', top=f'car{paint}_paint'), fit=True)
    bonnet, boot = rng.uniform(0.9, 1.15), rng.choice([0.15, 0.15, 0.7])
    _cabin(builder, f'car{paint}', width - 0.12, -length / 2 + boot, length / 2 - bonnet,
           waist, roof)
    _wheels(builder, length * 0.31, width, 0.31)


def _cabin(builder: Builder, name: str, width: float, back: float, front: float, waist: float,
           roof: float) -> None:
    """Glass house with slanting screens between ``back`` and ``front`` (z)."""
    half, length = width / 2, front - back
    slant_front, slant_back = 0.75, 0.45
    inset = 0.12  # the sides lean inwards
    top_front, top_back = front - slant_front, back + slant_back
    sides = dict(texture=f'{name}_windows', fit=True)
    builder.patch((half - inset, -roof, back), (0, 0, length), (inset, roof - waist, 0),
                  taper=(slant_back / length, slant_front / length), **sides)
    builder.patch((-half + inset, -roof, front), (0, 0, -length), (-inset, roof - waist, 0),
                  taper=(slant_front / length, slant_back / length), **sides)
    lean = inset / width
    builder.patch((half, -roof, top_front), (-width, 0, 0), (0, roof - waist, slant_front),
                  texture=f'{name}_screen', fit=True, taper=(lean, lean))
    builder.patch((-half, -roof, top_back), (width, 0, 0), (0, roof - waist, -slant_back),
                  texture=f'{name}_screen', fit=True, taper=(lean, lean))
    builder.patch((-half + inset, -roof, top_front), (width - 2 * inset, 0, 0),
                  (0, 0, top_back - top_front), texture=f'{name}_paint', fit=True)


def _wheels(builder: Builder, axle: float, width: float, radius: float) -> None:
    half = width / 2 + 0.015
    for z in (-axle, axle):
        builder.patch((half, -2 * radius, z - radius), (0, 0, 2 * radius), (0, 2 * radius, 0),
                      texture='wheel', fit=True, disc=True)
        builder.patch((-half, -2 * radius, z + radius), (0, 0, -2 * radius), (0, 2 * radius, 0),
                      texture='wheel', fit=True, disc=True)


def _build_van(builder: Builder, name: str, car: str) -> None:
    builder.box((1.9, 4.9), 2.05, 0.22, dict(
        left=f'{name}_side', right=f'{name}_side',
        front=f'{name}_front', back=f'{name}_back', top=f'{car}_paint'), fit=True,
        mirror=('left',))
    _wheels(builder, 1.5, 1.9, 0.34)


def build_shadow(builder: Builder) -> None:
    """Dark slab under a vehicle under way; parked ones have theirs painted on the ground."""
    builder.patch((-1.0, -0.015, 2.4), (2.0, 0, 0), (0, 0, -4.8), texture='shadow', fit=True)


def _body(rng: np.random.Generator, shape, colour) -> np.ndarray:
    """Paint with soft reflections."""
    return to_uint8(tint_by_noise(colour, 0.10 * fractal_noise(rng, shape, 2, 64, 0.8)))


def _side(rng: np.random.Generator, colour) -> np.ndarray:
    tile = _body(rng, (64, 256), colour).astype(np.float32)
    tile *= np.interp(np.arange(64), [0, 20, 44, 63], [1.2, 1.0, 0.85, 0.55])[:, None, None]
    tile = to_uint8(tile)
    dark = tuple(int(c * 0.5) for c in colour)
    for x in (86, 138, 186):
        cv2.line(tile, (x, 0), (x, 54), dark, 1)
    for x in (122, 172):
        cv2.rectangle(tile, (x, 12), (x + 9, 15), tuple(int(c * 0.65) for c in colour), -1)
    cv2.rectangle(tile, (0, 56), (255, 63), (34, 34, 36), -1)
    for x in (49, 207):
        cv2.ellipse(tile, (x, 64), (24, 42), 0, 0, 360, (26, 26, 28), -1)
    return tile


def _end(rng: np.random.Generator, colour, lamps, grille: bool) -> np.ndarray:
    tile = _body(rng, (64, 128), colour)
    cv2.rectangle(tile, (4, 10), (26, 24), lamps, -1)
    cv2.rectangle(tile, (102, 10), (124, 24), lamps, -1)
    if grille:
        cv2.rectangle(tile, (34, 14), (94, 26), (30, 30, 32), -1)
        cv2.line(tile, (34, 20), (94, 20), (150, 150, 150), 1)
    cv2.rectangle(tile, (0, 44), (127, 63), (44, 44, 46), -1)
    cv2.rectangle(tile, (44, 32), (84, 42), (226, 224, 206), -1)
    for x in range(48, 82, 6):
        cv2.line(tile, (x, 34), (x + int(rng.integers(3)), 40), (30, 30, 30), 2)
    return tile


def _windows(rng: np.random.Generator, colour) -> np.ndarray:
    tile = _body(rng, (32, 128), colour)
    glass = tint_by_noise(_GLASS, 0.35 * fractal_noise(rng, (32, 128), 4, 32))
    tile[5:30, 8:120] = to_uint8(glass)[5:30, 8:120]
    for x in (60, 94):
        tile[:, x:x + 4] = colour
    return tile


def _screen(rng: np.random.Generator, colour) -> np.ndarray:
    tile = _body(rng, (32, 64), colour)
    shine = np.linspace(1.9, 0.9, 32)[:, None, None]
    glass = tint_by_noise(_GLASS, 0.3 * fractal_noise(rng, (32, 64), 4, 32)) * shine
    tile[3:30, 4:60] = to_uint8(glass)[3:30, 4:60]
    return tile


def _van_side(rng: np.random.Generator, colour) -> np.ndarray:
    """Seen from the vehicle's right: its front is at the right."""
    tile = cv2.resize(_side(rng, colour), (256, 128), interpolation=cv2.INTER_LINEAR)
    tile[:70] = _body(rng, (128, 256), colour)[:70]
    tile[14:56, 200:244] = _GLASS
    if rng.random() < 0.5:
        tile[14:56, 20:190] = _GLASS
        tile[:, 100:106] = colour
    else:
        tile[30:60, 40:150] = tuple(255 - c for c in colour)
        for x in (58, 84, 118):
            cv2.rectangle(tile, (x, 38), (x + int(rng.integers(8, 24)), 52), colour, -1)
    return tile


def _van_end(rng: np.random.Generator, colour, lamps) -> np.ndarray:
    tile = np.concatenate([_body(rng, (64, 128), colour), _end(rng, colour, lamps, True)])
    tile[10:56, 10:118] = to_uint8(np.array(_GLASS) * np.linspace(1.7, 0.9, 46)[:, None, None])
    return tile


def _wheel() -> np.ndarray:
    tile = np.full((64, 64, 3), 26, np.uint8)
    cv2.circle(tile, (32, 32), 21, (150, 152, 156), -1)
    for angle in np.arange(0, 2 * np.pi, 2 * np.pi / 5):
        tip = (int(32 + 17 * np.cos(angle)), int(32 + 17 * np.sin(angle)))
        cv2.line(tile, (32, 32), tip, (84, 86, 90), 4)
    return tile


def _shadow(rng: np.random.Generator) -> np.ndarray:
    return to_uint8(tint_by_noise((44, 44, 48), 0.15 * fractal_noise(rng, (64, 64), 1, 32)))
