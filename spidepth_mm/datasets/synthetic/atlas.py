"""Textures with anisotropic pre-filtering, sampled all at once.

Road and walls are seen at grazing angles: a pixel covers a long thin piece of
them. A texture is therefore stored shrunk by every pair of powers of two (a
"ripmap"), and a sample blends the four versions nearest to its footprint. All
versions of all textures lie in one image, so that four calls of ``cv2.remap``
serve any mixture of surfaces.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

import cv2
import numpy as np

_GUTTER = 1  # texels copied from the opposite border, for bilinear sampling across it
_REMAP_COLUMNS = 2048  # cv2.remap wants a picture, samples are a list


class TextureAtlas:
    """All textures of a scene.

    Args:
        textures: name -> uint8 (H, W, 3), sides powers of two. They tile.
    """

    def __init__(self, textures: Dict[str, np.ndarray]) -> None:
        for name, texture in textures.items():
            if any(side & (side - 1) for side in texture.shape[:2]):
                raise ValueError(f'Texture {name!r} has size {texture.shape[:2]}. '
                                 'Both sides must be powers of two.')
        self._index = {name: i for i, name in enumerate(textures)}
        images = list(textures.values())
        self.sizes = np.array([(t.shape[1], t.shape[0]) for t in images], np.float32)
        levels = int(np.log2(self.sizes.max())) + 1
        self._last_level = np.ascontiguousarray(np.log2(self.sizes).astype(np.int32).T)
        self._inverse_sizes = np.ascontiguousarray(1 / self.sizes.T)
        self._level_sizes = np.exp2(np.arange(levels, dtype=np.float32))
        self._offsets = np.zeros((2, len(images), levels), np.float32)  # of texel centre -0.5
        self._image = self._pack(images)

    def index(self, name: str) -> int:
        """Number of a texture, as ``sample`` takes it."""
        return self._index[name]

    def sample(self, texture: np.ndarray, coords: np.ndarray,
               footprint: np.ndarray) -> np.ndarray:
        """Filtered colours.

        Args:
            texture: int (N,) texture numbers.
            coords: float32 (2, N), x and y in texels of the full-size texture; the first
                texel spans 0..1; coordinates outside wrap round.
            footprint: float32 (2, N), extent of the sample along x and y in texels.

        Returns:
            float32 (N, 3), 0..255.
        """
        near, far, weight = zip(*(self._axis_maps(axis, texture, coords[axis], footprint[axis])
                                  for axis in (0, 1)))
        top = _blend(self._look_up(near[0], near[1]), self._look_up(far[0], near[1]), weight[0])
        bottom = _blend(self._look_up(near[0], far[1]), self._look_up(far[0], far[1]), weight[0])
        return _blend(top, bottom, weight[1])

    def _axis_maps(self, axis: int, texture: np.ndarray, coord: np.ndarray,
                   footprint: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Atlas positions in the two versions round the footprint, and the second's weight."""
        last = self._last_level[axis].take(texture)
        level = np.minimum(np.log2(np.maximum(footprint, 1)), last)
        lower = level.astype(np.int32)
        wrapped = coord * self._inverse_sizes[axis].take(texture)
        wrapped -= np.floor(wrapped)
        wrapped *= self._level_sizes.take(last - lower)
        cell = texture * self._offsets.shape[2] + lower
        near = wrapped + self._offsets[axis].take(cell)
        has_upper = lower < last
        wrapped *= np.where(has_upper, np.float32(0.5), np.float32(1))
        wrapped += self._offsets[axis].take(cell + has_upper)
        level -= lower
        return near, wrapped, level

    def _look_up(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rows = -(-x.size // _REMAP_COLUMNS)
        maps = np.zeros((2, rows * _REMAP_COLUMNS), np.float32)
        maps[0, :x.size], maps[1, :x.size] = x, y
        map_x, map_y = maps.reshape(2, rows, _REMAP_COLUMNS)
        colours = cv2.remap(self._image, map_x, map_y, cv2.INTER_LINEAR)
        return colours.reshape(-1, 3)[:x.size].astype(np.float32)

    def _pack(self, images: List[np.ndarray]) -> np.ndarray:
        """Stacks the ripmaps into columns, tallest first."""
        extents = [tuple(sum(_chain(side)) + 2 * _GUTTER * len(_chain(side))
                         for side in image.shape[:2]) for image in images]
        order = sorted(range(len(images)), key=lambda i: (-extents[i][0], -extents[i][1], i))
        column_height = extents[order[0]][0]
        left = width = top = 0
        corners = {}
        for i in order:
            if top + extents[i][0] > column_height:
                left, top, width = left + width, 0, 0
            corners[i] = (left, top)
            top, width = top + extents[i][0], max(width, extents[i][1])
        atlas = np.empty((column_height, left + width, 3), np.uint8)
        for i, corner in corners.items():
            self._place(atlas, i, images[i], corner)
        return atlas

    def _place(self, atlas: np.ndarray, number: int, image: np.ndarray,
               corner: Tuple[int, int]) -> None:
        """Writes all versions of one texture and notes where they are."""
        left = corner[0]
        for level_x, width in enumerate(_chain(image.shape[1])):
            self._offsets[0, number, level_x] = left + _GUTTER - 0.5
            narrow, top = image, corner[1]
            for level_y, height in enumerate(_chain(image.shape[0])):
                self._offsets[1, number, level_y] = top + _GUTTER - 0.5
                narrow = _shrink(narrow, (width, height))
                if level_y == 0:
                    image = narrow
                cell = atlas[top:top + height + 2, left:left + width + 2]
                cell[1:-1, 1:-1] = narrow
                cell[0, 1:-1], cell[-1, 1:-1] = narrow[-1], narrow[0]
                cell[:, 0], cell[:, -1] = cell[:, -2], cell[:, 1]
                top += height + 2 * _GUTTER
            left += width + 2 * _GUTTER


def _chain(side: int) -> List[int]:
    """The side and its halvings down to 1."""
    return [side >> level for level in range(side.bit_length())]


def _shrink(image: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """Averages to (W, H), half or the same size each way."""
    if image.shape[1::-1] == size:
        return image
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _blend(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    second -= first
    second *= weight[:, None]
    second += first
    return second
