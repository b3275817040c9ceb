"""Collects textured patches and ellipsoids in a local frame and puts them into the world."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from .scene import Blobs, Patches
from .textures import TEXELS_PER_METRE

_AMBIENT, _DIRECT = 0.62, 0.5


class Builder:
    """Objects are described in a local frame (x right, y down, z forward) set by ``at``.

    Args:
        tiles: the textures by name; their order gives the numbers in the atlas.
        sun: (3,) unit vector towards the sun, world.
        rng: draws texture offsets.
    """

    def __init__(self, tiles: Dict[str, np.ndarray], sun: np.ndarray,
                 rng: np.random.Generator) -> None:
        self._numbers = {name: i for i, name in enumerate(tiles)}
        self._sizes = [np.array(tile.shape[1::-1], float) for tile in tiles.values()]
        self._sun, self._rng = sun, rng
        self._patches: List[Tuple] = []
        self._blobs: List[Tuple] = []
        self.at(0, 0, 0)

    def at(self, x: float, z: float, heading: float, y: float = 0.0) -> Builder:
        """Moves the local frame to a place of the world, its z axis turned by ``heading``."""
        cos, sin = np.cos(heading), np.sin(heading)
        self._axes = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        self._place = np.array([x, y, z])
        return self

    def patch(self, origin: Sequence[float], right: Sequence[float], down: Sequence[float],
              texture: str, fit: bool = False, taper: Tuple[float, float] = (0, 0),
              disc: bool = False, mirror: bool = False,
              tint: Sequence[float] = (1, 1, 1)) -> None:
        """Adds a patch; ``fit`` stretches one tile over it, else the tile keeps its scale.

        A tile that keeps its scale starts somewhere sideways and stands on the patch's
        lower edge, so that doors reach the ground.
        """
        origin, right, down = (self._axes @ np.asarray(e, float) for e in (origin, right, down))
        number = self._numbers[texture]
        size = self._sizes[number]
        if fit:
            scale, offset = size - 1, np.array([0.5, 0.5])
            if mirror:
                scale, offset = scale * [-1, 1], offset + [size[0] - 1, 0]
        else:
            scale = np.array([np.linalg.norm(right), np.linalg.norm(down)]) * TEXELS_PER_METRE
            offset = np.array([self._rng.uniform(0, size[0]), size[1] - scale[1]])
        normal = -np.cross(right, down)
        normal = normal / np.linalg.norm(normal)
        light = _AMBIENT + _DIRECT * max(float(normal @ self._sun), 0)
        self._patches.append((origin + self._place, right, down, taper, disc, number, scale,
                              offset, np.asarray(tint) * light))

    def box(self, size: Tuple[float, float], top: float, bottom: float,
            textures: Dict[str, str], centre: Tuple[float, float] = (0, 0), fit: bool = False,
            mirror: Sequence[str] = (), tint: Sequence[float] = (1, 1, 1)) -> None:
        """Adds an upright box.

        Args:
            size: (width along x, length along z).
            top, bottom: heights above the local ground.
            textures: by side: front (+z), back, left, right (+x), top, or 'sides' for the
                four. Sides without one are left out.
            centre: (x, z).
        """
        (x, z), (half_x, half_z) = centre, (size[0] / 2, size[1] / 2)
        corners = dict(front=((x + half_x, z + half_z), (-size[0], 0, 0)),
                       back=((x - half_x, z - half_z), (size[0], 0, 0)),
                       right=((x + half_x, z - half_z), (0, 0, size[1])),
                       left=((x - half_x, z + half_z), (0, 0, -size[1])))
        for side, ((corner_x, corner_z), along) in corners.items():
            texture: Optional[str] = textures.get(side, textures.get('sides'))
            if texture is not None:
                self.patch((corner_x, -top, corner_z), along, (0, top - bottom, 0), texture,
                           fit=fit, mirror=side in mirror, tint=tint)
        if 'top' in textures:
            self.patch((x - half_x, -top, z + half_z), (size[0], 0, 0), (0, 0, -size[1]),
                       textures['top'], fit=fit, tint=tint)

    def blob(self, centre: Sequence[float], radii: Sequence[float], texture: str,
             tint: Sequence[float] = (1, 1, 1)) -> None:
        """Adds an ellipsoid; its radii are along the world's axes."""
        centre = self._axes @ np.asarray(centre, float) + self._place
        self._blobs.append((centre, radii, self._numbers[texture], tint))

    def patches(self) -> Patches:
        """All patches so far, and forgets them."""
        columns = [np.array(column) for column in zip(*self._patches)]
        self._patches = []
        return Patches(*columns)

    def blobs(self) -> Blobs:
        """All ellipsoids so far, and forgets them."""
        columns = [np.array(column) for column in zip(*self._blobs)]
        self._blobs = []
        return Blobs(*columns)
