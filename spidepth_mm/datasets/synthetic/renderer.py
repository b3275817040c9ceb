"""From a scene and a camera to an anti-aliased picture with exact depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import cv2
import numpy as np

from .camera import Camera
from .ground import across_texel
from .noise import to_uint8
from .samples import FIRST_PATCH, KERB, ROAD, SKY, Visibility
from .scene import Patches, Scene
from .visibility import find_visible

_TENT = np.array([1, 2, 1], np.float32) / 4
_BLOB_TEXELS_PER_METRE = 40.0
_KERB_SHADE = 0.72  # its upright face sees less of the sky


@dataclass(frozen=True)
class Picture:
    """One rendered frame.

    Attributes:
        image: uint8 (H, W, 3), RGB.
        depth: float32 (H, W), camera z of the pixel centre in metres, 0 is the sky.
        moving: bool (H, W), the pixel centre sees a vehicle under way.
    """

    image: np.ndarray
    depth: np.ndarray
    moving: np.ndarray


def render(scene: Scene, camera: Camera, frame: int = 0) -> Picture:
    """Renders a frame. Light is fixed and matt, so a surface point looks alike from everywhere."""
    patches = scene.patches_at(frame)
    seen = find_visible(patches, scene.blobs, scene.road, camera)
    image = _shade_and_smooth(scene, patches, camera, seen)
    surface, inverse = seen.surface[1::2, 1::2], seen.inverse_depth[1::2, 1::2]
    depth = np.divide(1, inverse, out=np.zeros_like(inverse), where=inverse > 0)
    patch = surface - FIRST_PATCH
    moving = (patch >= len(scene.patches)) & (patch < len(patches))
    return Picture(to_uint8(image), depth, moving)


def _shade_and_smooth(scene: Scene, patches: Patches, camera: Camera,
                      seen: Visibility) -> np.ndarray:
    """One sample inside a surface; at outlines nine, weighted by a tent two pixels wide."""
    surface = seen.surface
    labels = surface.astype(np.uint16)
    block = np.ones((3, 3), np.uint8)
    mixed = (cv2.dilate(labels, block) != cv2.erode(labels, block))[1::2, 1::2]
    wanted = np.zeros_like(surface, np.uint8)
    wanted[1::2, 1::2] = mixed
    wanted = cv2.dilate(wanted, block).view(bool)
    fine = wanted.copy()
    wanted[1::2, 1::2] = True
    sample = np.flatnonzero(wanted)
    extent = np.where(fine.ravel().take(sample), np.float32(0.7), np.float32(1))
    colours = np.empty(surface.shape + (3,), np.float32)
    colours.reshape(-1, 3)[sample] = _shade(scene, patches, camera, seen, sample, extent)
    image = np.ascontiguousarray(colours[1::2, 1::2])
    row, column = np.nonzero(mixed)
    image[row, column] = sum(_TENT[i] * _TENT[j] * colours[2 * row + i, 2 * column + j]
                             for i in range(3) for j in range(3))
    return image


def _shade(scene: Scene, patches: Patches, camera: Camera, seen: Visibility,
           sample: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """Colours (N, 3) of the samples with flat indices (N,), each ``extent`` pixels in size."""
    surface, inverse = seen.surface.ravel().take(sample), seen.inverse_depth.ravel().take(sample)
    row, column = np.divmod(sample.astype(np.int32), np.int32(seen.columns.size))
    pixel = np.stack([seen.columns.take(column), seen.rows.take(row)])
    first_blob = FIRST_PATCH + len(patches)
    rays = camera.world_from_pixel().astype(np.float32)
    parts, order = [], []

    def points(where):
        return _world_points(camera, rays, pixel[:, where], inverse[where])

    where = np.flatnonzero(surface == SKY)
    parts.append(_map_sky(scene, rays, pixel[:, where]))
    order.append(where)
    where = np.flatnonzero((surface >= ROAD) & (surface <= KERB))
    parts.append(_map_ground(scene, camera, points(where), surface[where], inverse[where],
                             extent[where]))
    order.append(where)
    where = np.flatnonzero((surface >= FIRST_PATCH) & (surface < first_blob))
    parts.append(_map_patches(patches, seen, surface[where] - FIRST_PATCH, pixel[:, where],
                              inverse[where], extent[where]))
    order.append(where)
    where = np.flatnonzero(surface >= first_blob)
    parts.append(_map_blobs(scene, camera, points(where), surface[where] - first_blob,
                            inverse[where], extent[where]))
    order.append(where)
    texture, coords, footprint, tint = zip(*parts)
    shades = scene.atlas.sample(np.concatenate(texture), np.concatenate(coords, 1),
                                np.concatenate(footprint, 1))
    shades *= np.concatenate(tint)
    colours = np.empty_like(shades)
    colours[np.concatenate(order)] = shades
    return colours


def _world_points(camera: Camera, rays: np.ndarray, pixel: np.ndarray,
                  inverse: np.ndarray) -> np.ndarray:
    """(3, N) float32."""
    directions = rays[:, :2] @ pixel + rays[:, 2:]
    return directions / inverse + camera.centre.astype(np.float32)[:, None]


def _map_sky(scene: Scene, rays: np.ndarray, pixel: np.ndarray) -> Tuple:
    """By direction only: azimuth twice round the texture's width, elevation down its height."""
    x, y, z = rays[:, :2] @ pixel + rays[:, 2:]
    texture = scene.atlas.index('sky')
    width, height = scene.atlas.sizes[texture]
    azimuth, elevation = np.arctan2(x, z) / np.float32(np.pi), -y / np.hypot(x, z)
    coords = np.stack([azimuth * width, (1 - np.clip(elevation, 0, 0.98)) * height])
    return (np.full(x.size, texture), coords, np.ones_like(coords),
            np.ones((x.size, 3), np.float32))


def _map_ground(scene: Scene, camera: Camera, points: np.ndarray, surface: np.ndarray,
                inverse: np.ndarray, extent: np.ndarray) -> Tuple:
    x, _, z = points
    across = scene.road.across(x, z)
    density = scene.ground_density
    coords = np.stack([across_texel(across, density), (z - scene.ground_start) * density])
    # A pixel covers depth / focal metres sideways and, lying flat, that much times depth /
    # height lengthways: the ground's own axes as long as the camera looks down the road.
    sideways = extent / (inverse * np.float32(camera.cam2img[0, 0]))
    lengthways = sideways / (inverse * np.float32(-camera.centre[1]))
    tint = np.where(surface == KERB, np.float32(_KERB_SHADE), np.float32(1))
    bend = np.abs(scene.road.slope(z) - camera.world_from_camera[0, 2])
    sideways = sideways + bend * lengthways * 0.5
    return (np.full(x.size, scene.atlas.index('ground')), coords,
            np.stack([sideways, lengthways]) * np.float32(density), np.stack([tint] * 3, 1))


def _map_patches(patches: Patches, seen: Visibility, number: np.ndarray, pixel: np.ndarray,
                 inverse: np.ndarray, extent: np.ndarray) -> Tuple:
    scale, offset = patches.texture_scale.T, patches.texture_offset.T
    table = np.concatenate([seen.homographies.reshape(-1, 9).T, patches.tint.T])
    # The texture coordinate over depth is affine too: a * scale + offset, over depth.
    table[0:3] = table[0:3] * scale[0] + table[6:9] * offset[0]
    table[3:6] = table[3:6] * scale[1] + table[6:9] * offset[1]
    table = table.astype(np.float32).take(number, 1)
    depth = 1 / inverse
    coords, footprint = np.empty((2, 2, number.size), np.float32)
    for axis in (0, 1):
        by_u, by_v, constant = table[3 * axis:3 * axis + 3]
        coords[axis] = (by_u * pixel[0] + by_v * pixel[1] + constant) * depth
        footprint[axis] = np.hypot(by_u - coords[axis] * table[6],
                                   by_v - coords[axis] * table[7]) * depth * extent
    return patches.texture[number], coords, footprint, table[9:].T


def _map_blobs(scene: Scene, camera: Camera, points: np.ndarray, number: np.ndarray,
               inverse: np.ndarray, extent: np.ndarray) -> Tuple:
    """Texture by longitude and latitude, light by the surface normal."""
    blobs = scene.blobs
    radii = blobs.radii.astype(np.float32)[number]
    local = (points.T - blobs.centre.astype(np.float32)[number]) / radii
    scale = radii * np.float32(_BLOB_TEXELS_PER_METRE)
    longitude = np.arctan2(local[:, 0], local[:, 2])
    latitude = np.arcsin(np.clip(local[:, 1], -1, 1))
    coords = np.stack([longitude * scale[:, 0] + 37 * number, latitude * scale[:, 1]])
    coords = coords.astype(np.float32)
    size = extent * np.float32(_BLOB_TEXELS_PER_METRE / camera.cam2img[0, 0]) / inverse
    normal = local / radii
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + np.float32(1e-9)
    light = 0.78 + 0.32 * (normal @ scene.sun.astype(np.float32)) - 0.18 * normal[:, 1]
    tint = blobs.tint.astype(np.float32)[number] * light[:, None]
    return blobs.texture[number], coords, np.stack([size, size]) * np.float32(1.3), tint
