"""What a scene consists of: flat patches, ellipsoids, the road, moving groups."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Callable, List, Sequence

import numpy as np

from .atlas import TextureAtlas
from .road import Road


@dataclass
class Patches:
    """Textured flat trapezoids seen from one side.

    ``origin`` is the top left corner seen from outside, ``right`` and ``down`` the sides;
    the texel at fractions (a, b) of them is ``texture_scale * (a, b) + texture_offset``.

    Attributes:
        origin, right, down: (N, 3) metres, world.
        taper: (N, 2) how far the top edge is shortened at its left and right, as a fraction.
        disc: (N,) bool, only the inscribed ellipse is solid.
        texture: (N,) numbers in the atlas.
        texture_scale, texture_offset: (N, 2) texels.
        tint: (N, 3) factors on the texture's colour, light included.
    """

    origin: np.ndarray
    right: np.ndarray
    down: np.ndarray
    taper: np.ndarray
    disc: np.ndarray
    texture: np.ndarray
    texture_scale: np.ndarray
    texture_offset: np.ndarray
    tint: np.ndarray

    def __len__(self) -> int:
        return len(self.origin)

    def moved(self, transform: np.ndarray) -> Patches:
        """Patches after a rigid motion (4, 4). Their light stays as it is."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        rotation = transform[:3, :3].T
        values['origin'] = self.origin @ rotation + transform[:3, 3]
        values['right'] = self.right @ rotation
        values['down'] = self.down @ rotation
        return Patches(**values)

    @staticmethod
    def join(parts: Sequence[Patches]) -> Patches:
        return Patches(*(np.concatenate([getattr(part, f.name) for part in parts])
                         for f in fields(Patches)))


@dataclass
class Blobs:
    """Textured ellipsoids with axes along the world's.

    Attributes:
        centre, radii: (N, 3) metres.
        texture: (N,) numbers in the atlas.
        tint: (N, 3) factors on the texture's colour.
    """

    centre: np.ndarray
    radii: np.ndarray
    texture: np.ndarray
    tint: np.ndarray

    def __len__(self) -> int:
        return len(self.centre)


@dataclass
class Mover:
    """A vehicle under way: patches in its own frame and its pose (4, 4) by frame number."""

    patches: Patches
    world_from_vehicle: Callable[[int], np.ndarray]


@dataclass
class Scene:
    """Everything that a picture is made from.

    Attributes:
        sun: (3,) unit vector towards the sun.
        ground_density: texels per metre of the texture called "ground".
        ground_start: ``along`` of the first row of that texture, metres.
    """

    road: Road
    atlas: TextureAtlas
    patches: Patches
    blobs: Blobs
    sun: np.ndarray
    ground_density: float
    ground_start: float
    movers: List[Mover] = field(default_factory=list)

    def patches_at(self, frame: int) -> Patches:
        """Static patches first, then those of the movers where they are in ``frame``."""
        moving = [m.patches.moved(m.world_from_vehicle(frame)) for m in self.movers]
        return Patches.join([self.patches] + moving)
