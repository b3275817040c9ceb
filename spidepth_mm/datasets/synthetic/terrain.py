"""Which samples see the ground: carriageway, kerb, pavement and gardens."""

from __future__ import annotations

import numpy as np

from .camera import Camera
from .road import HALF_WIDTH, KERB_HEIGHT, Road
from .samples import KERB, PAVEMENT, ROAD, SKY, Visibility

_FARTHEST_GROUND = 250.0  # metres; what lies beyond does not fit 16-bit depth


def add_ground(seen: Visibility, road: Road, camera: Camera) -> None:
    """Carriageway at height 0, pavement and gardens a kerb higher, the kerb between."""
    rays = camera.world_from_pixel().astype(np.float32)
    x0, y0, z0 = camera.centre.astype(np.float32)
    all_down = rays[1, 0] * seen.columns + (rays[1, 1] * seen.rows[:, None] + rays[1, 2])
    lowest = -y0 / np.float32(_FARTHEST_GROUND)
    rows = slice(int(np.argmax((all_down > lowest).any(1))), None)
    down = np.maximum(all_down[rows], lowest)
    u, v = seen.columns, seen.rows[rows, None]
    along_x = rays[0, 0] * u + (rays[0, 1] * v + rays[0, 2])
    along_z = rays[2, 0] * u + (rays[2, 1] * v + rays[2, 2])

    def across(depth, where):
        return road.across(x0 + depth * along_x[where], z0 + depth * along_z[where])

    depth = (-np.float32(KERB_HEIGHT) - y0) / down
    surface = np.full(depth.shape, PAVEMENT, np.int32)
    upper = across(depth, ...)
    low = np.nonzero(np.abs(upper) < HALF_WIDTH)
    road_depth = -y0 / down[low]
    lower = across(road_depth, low)
    surface[low] = ROAD
    kerb = np.abs(lower) > HALF_WIDTH
    edge = tuple(index[kerb] for index in low)
    kerb_depth = _kerb_depth(depth[edge], road_depth[kerb], upper[edge], lower[kerb],
                             lambda d: across(d, edge))
    depth[low] = road_depth
    depth[edge] = kerb_depth
    surface[edge] = KERB
    is_ground = all_down[rows] > lowest
    seen.surface[rows] = np.where(is_ground, surface, SKY)
    seen.inverse_depth[rows] = np.where(is_ground, 1 / depth, 0)


def _kerb_depth(near, far, across_near, across_far, across) -> np.ndarray:
    """Depth where the ray crosses the kerb line: regula falsi, nearly linear, so two steps."""
    target = np.sign(across_far) * np.float32(HALF_WIDTH)
    for _ in range(2):
        middle = near + (far - near) * (target - across_near) / (across_far - across_near)
        across_middle = across(middle)
        beyond = np.abs(across_middle) > HALF_WIDTH
        far, across_far = (np.where(beyond, middle, far),
                           np.where(beyond, across_middle, across_far))
        near, across_near = (np.where(beyond, near, middle),
                             np.where(beyond, across_near, across_middle))
    return near + (far - near) * (target - across_near) / (across_far - across_near)
