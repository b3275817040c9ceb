"""Parts of the picture that stay where they are while everything else moves."""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np

# Edges that are left in the mean of all views, as a share of the edges of one view. In a street,
# between 24 and 50 views, they were 0.2 to 0.7, up to 0.85 at the point that the car heads for,
# and 1.0 on a bonnet.
_MIN_SHARE = 0.9
# Grey levels a pixel: a cell with less has no edges to speak of, such as the sky.
_MIN_EDGES = 1.0
_MIN_VIEWS = 20


class PersistentEdges:
    """Finds what is fixed to the camera: a bonnet, a dashboard, a logo, dirt on the lens.

    Such things look infinitely far to the training. In the mean of many views
    of a moving camera the edges of the scene wash out, theirs stay.

    Args:
        grid (tuple[int, int]): (rows, columns) of cells.
    """

    def __init__(self, grid: Tuple[int, int] = (8, 12)) -> None:
        self.grid = grid
        self.count = 0
        self._views: np.ndarray = np.zeros(())
        self._edges: np.ndarray = np.zeros(())

    def add(self, view: np.ndarray) -> None:
        """Counts one (h, w) uint8 view; all of one size, each from another place."""
        self._views = self._views + view.astype(np.float64)
        self._edges = self._edges + _edges(view)
        self.count += 1

    def fixed_cells(self) -> np.ndarray:
        """(rows, columns) bool; none before there are enough views."""
        if self.count < _MIN_VIEWS:
            return np.zeros(self.grid, bool)
        usual = self._per_cell(self._edges / self.count)
        left = self._per_cell(_edges(self._views / self.count))
        return (usual >= _MIN_EDGES) & (left >= _MIN_SHARE * usual)

    def _per_cell(self, values: np.ndarray) -> np.ndarray:
        return cv2.resize(values, self.grid[::-1], interpolation=cv2.INTER_AREA)


def _edges(view: np.ndarray) -> np.ndarray:
    """(h, w) gradient in grey levels a pixel, without the noise of single pixels."""
    smooth = cv2.GaussianBlur(view.astype(np.float32), (0, 0), 1.5)
    # 1/8 makes Sobel's kernel a mean of differences.
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.hypot(across, down)
