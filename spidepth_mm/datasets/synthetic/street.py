"""Lays out a street: which houses, gardens, trees and cars stand where."""

from __future__ import annotations

from typing import List

import numpy as np

from . import buildings, plants, vehicles
from .atlas import TextureAtlas
from .builder import Builder
from .ground import GroundPlan, paint_ground
from .road import HALF_WIDTH, KERB_HEIGHT, LANE_CENTRE, PARKING_CENTRE, PAVEMENT_EDGE, Road
from .scene import Mover, Scene
from .textures import paint_materials
from .trajectory import Trajectory, rotation

_BEHIND, _AHEAD = 24.0, 112.0  # metres of street before the first and after the last frame
_FULL_DENSITY = 25.0  # ground texels per metre


def build_street(rng: np.random.Generator, road: Road, trajectory: Trajectory,
                 coarseness: int = 1) -> Scene:
    """A whole street round a drive.

    Args:
        rng: decides everything.
        road, trajectory: where the drive goes.
        coarseness: power of two by which the ground's texels are enlarged, for small pictures.
    """
    density = _FULL_DENSITY / coarseness
    tiles = {**paint_materials(rng), **vehicles.paint_vehicles(rng)}
    layout = _Layout(rng, road, trajectory, tiles)
    length = trajectory.along[-1] + _BEHIND + _AHEAD
    rows = 2**int(np.ceil(np.log2(length * density)))
    # Last, so that the numbers that the layout gave out for the other tiles stay right.
    tiles['ground'] = paint_ground(rng, layout.plan, -_BEHIND, rows / density, density)
    return Scene(road, TextureAtlas(tiles), layout.builder.patches(), layout.builder.blobs(),
                 layout.sun, density, -_BEHIND, layout.movers)


class _Layout:
    """Fills a builder and the plan of the ground, along the road from behind to ahead."""

    def __init__(self, rng, road: Road, trajectory: Trajectory, tiles) -> None:
        self.rng, self.road, self.trajectory, self.tiles = rng, road, trajectory, tiles
        height, azimuth = rng.uniform(0.6, 0.95), rng.uniform(0, 2 * np.pi)
        self.sun = np.array([np.cos(height) * np.sin(azimuth), -np.sin(height),
                             np.cos(height) * np.cos(azimuth)])
        self.builder = Builder(tiles, self.sun, rng)
        self.plan = GroundPlan()
        self.movers: List[Mover] = []
        self.start, self.end = -_BEHIND, trajectory.along[-1] + _AHEAD
        for side in (-1, 1):
            self.line_side(side)
            self.line_kerb(side)
            self.park_cars(side)
            self.fill_background(side)
        self.close_end()
        self.add_traffic()
        if rng.random() < 0.6:
            self.plan.crossings.append(rng.uniform(15, self.end - 40))

    def at(self, along: float, across: float, turn: float = 0.0) -> Builder:
        """Local frame at a place beside the road, x across it to the right, z along it."""
        x, z, heading = self.road.place(along, across)
        y = -KERB_HEIGHT if abs(across) > HALF_WIDTH else 0.0
        return self.builder.at(x, z, heading + turn, y)

    def cast_shadow(self, along: float, across: float, size, height: float) -> None:
        """Shadow on the ground of a box of ``size`` (across, along)."""
        corners = np.array([[a, b] for a in (-0.5, 0.5) for b in (-0.5, 0.5)]) * size[::-1]
        corners = corners + [along, across]
        self.plan.shadows.append(np.concatenate([corners, corners + self._shadow_of(height,
                                                                                    along)]))

    def _shadow_of(self, height: float, along: float) -> np.ndarray:
        """(along, across) from a point at ``height`` to its shadow."""
        x, z = self.sun[[0, 2]] * height / self.sun[1]
        heading = float(np.arctan(self.road.slope(along)))
        cos, sin = np.cos(heading), np.sin(heading)
        return np.array([x * sin + z * cos, x * cos - z * sin])

    def line_side(self, side: int) -> None:
        """Plots with houses, flats or trees one after another, each with its own set-back."""
        rng, along = self.rng, self.start
        set_back = rng.uniform(1, 7)
        while along < self.end:
            kind = rng.choice(['house', 'flats', 'trees', 'lawn'], p=[0.5, 0.2, 0.18, 0.12])
            set_back = float(np.clip(set_back + rng.normal(0, 3.5), 0.3, 13))
            if kind == 'house':
                length, depth = rng.uniform(8, 14), rng.uniform(7, 10)
            elif kind == 'flats':
                length, depth = rng.uniform(14, 24), rng.uniform(10, 13)
            else:
                length, depth = rng.uniform(8, 18), 0
            if depth:
                self.add_building(side, along, length, depth, set_back, kind)
            else:
                self.add_green(side, along, length, kind)
            self.add_front(side, along, length, set_back)
            along += length + (rng.uniform(0.5, 7) if depth else 0)

    def add_building(self, side: int, along: float, length: float, depth: float,
                     set_back: float, kind: str) -> None:
        middle = along + length / 2
        across = side * (PAVEMENT_EDGE + set_back + depth / 2)
        build = buildings.build_house if kind == 'house' else buildings.build_block
        turn = self.rng.normal(0, 0.06)
        height = build(self.at(middle, across, turn), self.rng, (depth, length))
        self.cast_shadow(middle, across, (depth, length), height * 0.85)

    def add_green(self, side: int, along: float, length: float, kind: str) -> None:
        rng = self.rng
        for _ in range(int(length / (2.5 if kind == 'trees' else 9)) + 1):
            place = along + rng.uniform(0, length), side * (PAVEMENT_EDGE + rng.uniform(2, 16))
            self.add_tree(*place, size=rng.uniform(0.9, 1.9))

    def add_tree(self, along: float, across: float, size: float) -> None:
        conifer = self.rng.random() < 0.2 and abs(across) > PAVEMENT_EDGE
        build = plants.build_conifer if conifer else plants.build_tree
        radius = build(self.at(along, across), self.rng, size)
        shift = self._shadow_of(3.2 * size, along)
        self.plan.leaf_shadows.append((along + shift[0], across + shift[1], radius * 1.15))

    def add_front(self, side: int, along: float, length: float, set_back: float) -> None:
        """Between pavement and house: hedge, fence or nothing; a paved way; bushes."""
        rng, middle = self.rng, along + length / 2
        if set_back > 1.5:
            border, across = rng.random(), side * (PAVEMENT_EDGE + 0.4)
            if border < 0.35:
                height = plants.build_hedge(self.at(middle, across), rng, length - 1)
                self.cast_shadow(middle, across, (0.7, length - 1), height)
            elif border < 0.65:
                height = rng.uniform(0.7, 1.6)
                buildings.build_fence(self.at(middle, across), length - 1, height,
                                      'fence' if border < 0.5 else 'plaster2', 0.2)
                self.cast_shadow(middle, across, (0.2, length - 1), height)
        low, high = sorted((side * PAVEMENT_EDGE, side * (PAVEMENT_EDGE + set_back + 1)))
        width = rng.uniform(2, length * 0.7)
        kind = str(rng.choice(['gravel', 'slabs', 'slabs']))
        self.plan.areas.append((middle - width / 2, middle + width / 2, low, high, kind))
        for _ in range(int(rng.integers(0, 4))):
            if set_back > 2.5:
                across = side * (PAVEMENT_EDGE + rng.uniform(1.2, set_back - 0.8))
                plants.build_bush(self.at(along + rng.uniform(0, length), across), rng)

    def line_kerb(self, side: int) -> None:
        """Street trees, lamps and signs along the edge of the pavement."""
        rng = self.rng
        avenue = rng.random() < 0.5
        along = self.start + rng.uniform(0, 10)
        while along < self.end:
            if avenue and rng.random() < 0.75:
                self.add_tree(along, side * (HALF_WIDTH + 0.8), rng.uniform(0.75, 1.15))
            along += rng.uniform(8, 16)
        for along in np.arange(self.start + rng.uniform(0, 20), self.end, 27.0):
            frame = self.at(along, side * (HALF_WIDTH + 0.4))
            buildings.build_lamp(frame, rng, towards_road=-side)
        if side > 0:
            for _ in range(int(rng.integers(1, 4))):
                place = rng.uniform(0, self.end - 30)
                buildings.build_sign(self.at(place, HALF_WIDTH + 0.5))

    def park_cars(self, side: int) -> None:
        """Rows of parked cars with gaps."""
        rng, along = self.rng, self.start + self.rng.uniform(0, 6)
        crowded = rng.uniform(0.25, 0.7)
        while along < self.end:
            if rng.random() < crowded:
                across = side * (PARKING_CENTRE + rng.normal(0, 0.08))
                frame = self.at(along, across, (np.pi if side < 0 else 0) + rng.normal(0, 0.02))
                vehicles.build_vehicle(frame, rng)
                self.cast_shadow(along, across, (1.85, 4.4), 0.1)
                self.cast_shadow(along, across, (1.5, 3.4), 1.1)
                along += 5.6 + rng.exponential(1.0)
            else:
                along += rng.uniform(4, 14)

    def fill_background(self, side: int) -> None:
        """Houses and tall trees behind the first row close the gaps in it."""
        rng = self.rng
        for along in np.arange(self.start, self.end + 20, 19.0):
            place = along + rng.uniform(0, 9), side * rng.uniform(36, 46)
            if rng.random() < 0.5:
                buildings.build_house(self.at(*place, rng.normal(0, 0.2)), rng, (9, 13))
            else:
                plants.build_tree(self.at(*place), rng, rng.uniform(2.5, 3.5))

    def close_end(self) -> None:
        """A cross street at the far end: a row of flats and tall trees."""
        rng, across = self.rng, -75.0
        along = self.end + rng.uniform(8, 30)
        while across < 75:
            width = rng.uniform(12, 22)
            frame = self.at(along + rng.uniform(0, 12), across + width / 2)
            if rng.random() < 0.6:
                buildings.build_block(frame, rng, (width, 12))
            else:
                plants.build_tree(frame, rng, rng.uniform(2.4, 3.4))
            across += width + rng.uniform(0, 5)

    def add_traffic(self) -> None:
        """A car ahead in our lane, most of the time, and some that come towards us."""
        rng, ego = self.rng, self.trajectory.along
        if rng.random() < 0.75:
            gap, sway = rng.uniform(9, 26), rng.uniform(-0.12, 0.2)
            self.add_mover(ego + gap + sway * np.arange(ego.size), LANE_CENTRE, 0.0)
        along = rng.uniform(12, 40)
        speed = rng.uniform(0.6, 1.1)
        for _ in range(int(rng.integers(2, 5))):
            self.add_mover(along - speed * np.arange(ego.size), -LANE_CENTRE, np.pi)
            along += rng.uniform(9, 30)

    def add_mover(self, along: np.ndarray, across: float, turn: float) -> None:
        builder = Builder(self.tiles, self.sun @ rotation(self.heading(along[0]) + turn),
                          self.rng)
        vehicles.build_vehicle(builder, self.rng)
        vehicles.build_shadow(builder)
        poses = np.tile(np.eye(4), (along.size, 1, 1))
        for i, place in enumerate(along):
            x, z, heading = self.road.place(float(place), across)
            poses[i, :3, :3], poses[i, :3, 3] = rotation(heading + turn), (x, 0, z)
        self.movers.append(Mover(builder.patches(), lambda frame: poses[frame]))

    def heading(self, along: float) -> float:
        return float(np.arctan(self.road.slope(along)))

