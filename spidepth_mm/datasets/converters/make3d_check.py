"""Whether Make3D's test set is whole."""

from __future__ import annotations

import os
from typing import List, Tuple

from ..make3d import Make3DDataset
from ..make3d_grid import GRID_SHAPE, read_laser_grid
from .image_cache import image_size
from .jobs import DONE, FAILED, MISSING, Outcome, run_jobs

NUM_PICTURES = 134


def check_make3d(data_root: str, workers: int = 0, progress: bool = True) -> List[Outcome]:
    """Reads each picture's size and each laser grid.

    Raises:
        DatasetNotFoundError: If a folder is missing or a level away.
    """
    dataset = Make3DDataset(data_root, lazy_init=True)
    dataset.check_layout()
    jobs = [(sample['img_path'], sample.get('depth_map_path', ''))
            for sample in dataset.iter_samples()]
    return run_jobs(_check_one, jobs, workers, progress)


def _check_one(item: Tuple[str, str]) -> Outcome:
    picture, depth = item
    name = os.path.basename(picture)
    if not depth:
        return Outcome(MISSING, name, 'no laser grid of this name in Gridlaserdata')
    width, height = image_size(picture)
    if width > height:
        return Outcome(FAILED, name, f'{width}x{height} pixels: it lies on its side, the pictures '
                       'are upright, 1704x2272')
    shape = read_laser_grid(depth).shape
    if shape != GRID_SHAPE[:2]:
        return Outcome(FAILED, os.path.basename(depth), f'a grid of {shape}, not {GRID_SHAPE[:2]}')
    return Outcome(DONE, name)
