"""Tiles of building, plant and sky materials, painted from noise."""

from __future__ import annotations

from typing import Dict

import cv2
import numpy as np

from .noise import fractal_noise, tint_by_noise, to_uint8

TEXELS_PER_METRE = 20.0  # of facades, roofs, fences and bark
STOREY = 3.0  # metres
NUM_FACADES = 8
NUM_FOLIAGE = 4

_WALLS = [(196, 186, 165), (172, 120, 92), (205, 199, 190), (180, 160, 120), (158, 92, 72),
          (150, 152, 150), (212, 190, 140), (140, 118, 100), (186, 172, 178), (120, 130, 138)]
_DOORS = [(90, 58, 40), (60, 80, 64), (120, 36, 34), (52, 60, 86), (178, 176, 170)]
_GREENS = [(72, 96, 44), (88, 108, 40), (54, 82, 46), (104, 112, 52), (92, 84, 36)]


def paint_materials(rng: np.random.Generator) -> Dict[str, np.ndarray]:
    """All tiles by name, uint8 RGB with sides that are powers of two."""
    walls = rng.permutation(len(_WALLS))
    tiles = {f'facade{i}': _facade(rng, _WALLS[walls[i]]) for i in range(NUM_FACADES)}
    tiles.update({f'plaster{i}': _wall(rng, (256, 256), _WALLS[walls[i]])
                  for i in range(NUM_FACADES)})
    greens = rng.permutation(len(_GREENS))
    tiles.update({f'foliage{i}': _foliage(rng, _GREENS[greens[i]]) for i in range(NUM_FOLIAGE)})
    tiles['roof0'] = _roof(rng, (142, 72, 52))
    tiles['roof1'] = _roof(rng, (88, 84, 84))
    tiles['hedge'] = _foliage(rng, (58, 78, 36))
    tiles['fence'] = _fence(rng)
    tiles['bark'] = _bark(rng)
    tiles['metal'] = to_uint8(tint_by_noise((128, 132, 134), 0.14 * fractal_noise(
        rng, (64, 64), 1, 32)))
    tiles['sign'] = _sign(rng)
    tiles['sky'] = _sky(rng)
    return tiles


def _wall(rng: np.random.Generator, shape, colour) -> np.ndarray:
    """Plaster or brick with weather stains."""
    stains = 0.10 * fractal_noise(rng, shape, 8, 128, 0.8) + 0.08 * fractal_noise(rng, shape, 1, 4)
    wall = tint_by_noise(colour, stains)
    kind = rng.integers(3)
    if kind == 0:  # brick courses
        wall[::3] *= 0.84
        for row in range(0, shape[0], 3):
            wall[row:row + 3, (row // 3 % 2) * 3::6] *= 0.88
    elif kind == 1:  # boards
        wall[::6] *= 0.78
        wall *= rng.uniform(0.9, 1.1, (shape[0] // 2, 1, 1)).repeat(2, 0)
    return to_uint8(wall)


def _facade(rng: np.random.Generator, colour) -> np.ndarray:
    """25.6 x 12.8 m of wall, four storeys of windows, doors at the bottom."""
    facade = _wall(rng, (256, 512), colour)
    bay = int(rng.choice([43, 51, 64, 73]))
    window = (int(rng.integers(18, min(34, bay - 12))), int(rng.integers(24, 34)))
    frame = (232, 230, 224) if rng.random() < 0.6 else (96, 72, 54)
    for storey in range(4):
        floor = 256 - 60 * storey
        if rng.random() < 0.5:
            facade[floor - 62:floor - 59] = np.clip(np.array(colour) * 1.18, 0, 255)
        for left in range(0, 512 - bay + 1, bay):
            middle = left + bay // 2
            if storey == 0 and rng.random() < 0.28:
                _door(rng, facade, middle)
            elif rng.random() < 0.9:
                _window(rng, facade, middle, floor - 18, window, frame)
    plinth = int(rng.integers(4, 12))
    facade[256 - plinth:] = (facade[256 - plinth:] * 0.7).astype(np.uint8)
    return facade


def _window(rng: np.random.Generator, facade, middle: int, sill: int, size, frame) -> None:
    width, height = size
    left, right, top = middle - width // 2, middle + width // 2, max(sill - height, 0)
    shutter = rng.random()
    if shutter < 0.25:
        side = (80, 100, 84) if shutter < 0.12 else (128, 86, 60)
        cv2.rectangle(facade, (left - 6, top), (right + 6, sill), side, -1)
    cv2.rectangle(facade, (left - 2, top - 2), (right + 2, sill + 2), frame, -1)
    glass = np.linspace(rng.uniform(60, 130), rng.uniform(20, 60), max(sill - top, 1))
    pane = glass[:, None, None] * np.array([0.86, 0.96, 1.08])
    pane = pane * rng.uniform(0.7, 1.25, (1, max(right - left, 1), 1)).round(1)
    facade[top:sill, left:right] = np.clip(pane, 0, 255).astype(np.uint8)
    curtain = rng.random()
    if curtain < 0.35:
        drop = int((sill - top) * rng.uniform(0.2, 0.9))
        facade[top:top + drop, left:right] = rng.integers(130, 225)
    elif curtain < 0.6:
        facade[top:sill, left:left + width // 4] = rng.integers(120, 210)
        facade[top:sill, right - width // 4:right] = rng.integers(120, 210)
    cv2.line(facade, (middle, top), (middle, sill), frame, 2)
    cv2.line(facade, (left - 3, sill + 2), (right + 3, sill + 2), (176, 172, 166), 2)


def _door(rng: np.random.Generator, facade, middle: int) -> None:
    colour = _DOORS[rng.integers(len(_DOORS))]
    if rng.random() < 0.3:  # garage
        cv2.rectangle(facade, (middle - 26, 208), (middle + 26, 255), colour, -1)
        for row in range(212, 256, 8):
            cv2.line(facade, (middle - 26, row), (middle + 26, row),
                     tuple(int(c * 0.8) for c in colour), 1)
        return
    cv2.rectangle(facade, (middle - 13, 206), (middle + 13, 255), (210, 206, 198), -1)
    cv2.rectangle(facade, (middle - 10, 210), (middle + 10, 255), colour, -1)
    cv2.rectangle(facade, (middle - 6, 214), (middle + 6, 228), (70, 84, 96), -1)


def _roof(rng: np.random.Generator, colour) -> np.ndarray:
    shape = (256, 256)
    roof = tint_by_noise(colour, 0.14 * fractal_noise(rng, shape, 4, 128) +
                         0.10 * fractal_noise(rng, shape, 1, 2))
    roof *= rng.uniform(0.85, 1.15, (32, 64, 1)).repeat(8, 0).repeat(4, 1)
    roof[::8] *= 0.68
    return to_uint8(roof)


def _foliage(rng: np.random.Generator, colour) -> np.ndarray:
    """Clumps of leaves with dark gaps between them."""
    shape = (256, 256)
    clumps = fractal_noise(rng, shape, 2, 64, 0.45)
    leaves = fractal_noise(rng, shape, 1, 4, 0.3)
    light = 1.0 + 0.38 * np.tanh(clumps * 1.3) + 0.2 * leaves
    light = np.where(clumps < -0.9, light * 0.6, light)
    hue = fractal_noise(rng, shape, 4, 64)
    tile = np.asarray(colour, np.float32) * light[..., None]
    tile += hue[..., None] * np.array([9, 5, -2], np.float32)
    return to_uint8(tile)


def _fence(rng: np.random.Generator) -> np.ndarray:
    planks = rng.uniform(0.75, 1.2, (1, 128, 1)).repeat(4, 1)
    tile = tint_by_noise((134, 106, 74), 0.12 * fractal_noise(rng, (64, 512), 1, 32)) * planks
    tile[:, ::4] *= 0.5
    tile[[8, 9, 24, 25, 44, 45]] *= 0.75
    return to_uint8(tile)


def _bark(rng: np.random.Generator) -> np.ndarray:
    grain = fractal_noise(rng, (64, 64), 1, 16, 0.5)
    grain = 0.5 * grain + 0.5 * cv2.blur(grain, (1, 9))
    return to_uint8(tint_by_noise((92, 76, 60), 0.35 * grain))


def _sign(rng: np.random.Generator) -> np.ndarray:
    tile = np.full((64, 64, 3), 150, np.uint8)
    cv2.circle(tile, (32, 32), 31, (190, 30, 30), -1)
    cv2.circle(tile, (32, 32), 22, (236, 236, 232), -1)
    cv2.putText(tile, str(rng.choice([30, 50])), (14, 41), cv2.FONT_HERSHEY_SIMPLEX, 0.9,
                (20, 20, 20), 3)
    return tile


def _sky(rng: np.random.Generator) -> np.ndarray:
    """Azimuth by elevation; from white at the horizon (bottom) to blue, with clouds."""
    shape = (256, 512)
    height = np.linspace(1, 0, shape[0], dtype=np.float32)[:, None, None]
    deep = np.array([86, 132, 190], np.float32) * rng.uniform(0.9, 1.08)
    sky = np.array([206, 218, 228], np.float32) * (1 - height) + deep * height
    clouds = fractal_noise(rng, shape, 8, 128, 0.9) + rng.uniform(-0.6, 0.6)
    cover = np.clip(clouds * 0.55, 0, 1)[..., None] * np.clip(height * 3 + 0.25, 0, 0.9)
    white = 238 + 8 * fractal_noise(rng, shape, 8, 32)[..., None]
    return to_uint8(sky * (1 - cover) + white * cover)
