"""KITTI odometry: stereo sequences with poses."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from spidepth_mm.registry import DATASETS
from spidepth_mm.utils.text_files import MAX_LIST_BYTES, read_text

from . import kitti_calib
from .base import DepthDataset
from .errors import DatasetNotFoundError
from .splits import SplitEntry, load_split, parse_split_file
from .stereo_sample import stereo_sample

_SIDES = {'l': 0, 'r': 1}


class _Sequence(NamedTuple):
    """What one sequence folder holds. Index 0 is the left side, 1 the right."""

    name: str
    folders: Tuple[str, str]
    cam2img: Tuple[np.ndarray, np.ndarray]
    right_from_left: np.ndarray
    world_from_left: Optional[np.ndarray]


@DATASETS.register_module()
class KITTIOdometryDataset(DepthDataset):
    """Stereo sequences in the layout of the KITTI odometry benchmark.

    The colour cameras ``image_2`` and ``image_3`` are read where a sequence
    has them, else the grey ``image_0`` and ``image_1``. Where
    ``poses/<sequence>.txt`` exists, samples also have ``world_from_target``
    (4, 4) float64, metres.

    Args:
        data_root (str): The folder that has ``sequences/``.
        split (str, optional): A built-in list, e.g. ``'odometry_train'``.
        ann_file (str): A list of ``sequence frame side`` lines instead.
        sequences (Sequence[str], optional): All frames of these sequences
            instead of a list.
        sides (Sequence[str]): With ``sequences``: the cameras used as
            targets, ``'l'`` and ``'r'``.
        depth_dir (str, optional): Folder inside a sequence with ground truth
            of left frames, 16-bit PNG, value / 256 = metres.
        kwargs: See :class:`DepthDataset`.
    """

    METAINFO: dict = dict(dataset_type='kitti_odometry', task_name='depth_estimation')
    LAYOUT = ('sequences/00/calib.txt', 'sequences/00/image_2/000000.png   (left colour; or '
              'image_0, left grey)', 'sequences/00/image_3/000000.png   (right colour; or '
              'image_1, right grey)', 'poses/00.txt                      (optional)')

    def __init__(self,
                 data_root: str = '',
                 split: Optional[str] = None,
                 ann_file: str = '',
                 sequences: Optional[Sequence[str]] = None,
                 sides: Sequence[str] = ('l', ),
                 depth_dir: Optional[str] = None,
                 **kwargs: Any) -> None:
        if sum(map(bool, (split, ann_file, sequences))) != 1:
            raise ValueError('KITTIOdometryDataset needs exactly one of split, ann_file and '
                             f'sequences, but got split={split!r}, ann_file={ann_file!r}, '
                             f'sequences={sequences!r}.')
        if isinstance(sequences, str):
            sequences = [sequences]
        if not sides or set(sides) - set(_SIDES):
            raise ValueError(f"sides must be some of 'l' and 'r', but got {sides!r}.")
        self.sequences = None if sequences is None else [str(name) for name in sequences]
        self.sides = tuple(sides)
        self.depth_dir = depth_dir
        super().__init__(data_root=data_root, split=split, ann_file=ann_file, **kwargs)

    def check_layout(self) -> None:
        super().check_layout()
        if os.path.isdir(os.path.join(self.data_root, 'sequences')):
            return
        for inside in ('dataset', '..'):
            root = os.path.normpath(os.path.join(self.data_root, inside))
            if os.path.isdir(os.path.join(root, 'sequences')):
                raise self.not_found(f'Its sequences lie in {root!r}: set data_root to that.')
        raise self.not_found()

    def iter_samples(self) -> Iterator[dict]:
        sequence_of = lru_cache(maxsize=None)(self._load_sequence)
        for entry in self.entries():
            yield self._sample(sequence_of(entry.drive), entry.frame, entry.side)

    def entries(self) -> List[SplitEntry]:
        """The list, or all frames of the sequences' folders; no image is looked at."""
        if self.split:
            return load_split(self.split, prefix='odometry')
        if self.ann_file:
            return parse_split_file(self.ann_file)
        return [
            SplitEntry(name, int(os.path.splitext(file)[0]), side)
            for name in self.sequences for side in self.sides
            for file in sorted(self.files.names(self._camera_folders(name)[_SIDES[side]]))
            if os.path.splitext(file)[0].isdigit()
        ]

    # One sequence -------------------------------------------------------------

    def _folder(self, name: str) -> str:
        sequences = os.path.join(self.data_root, 'sequences')
        candidates = [name, f'{int(name):02d}'] if name.isdigit() else [name]
        for candidate in candidates:
            if self.files.exists(os.path.join(sequences, candidate)):
                return os.path.join(sequences, candidate)
        raise DatasetNotFoundError(
            f'No sequence {name!r} in {sequences!r}; it has '
            f'{", ".join(sorted(self.files.names(sequences))) or "nothing"}.')

    def _camera_numbers(self, folder: str) -> Tuple[int, int]:
        for left, right in ((2, 3), (0, 1)):
            if self.files.names(os.path.join(folder, f'image_{left}')):
                return left, right
        raise DatasetNotFoundError(f'{folder!r} has neither image_2 nor image_0 with images.')

    def _camera_folders(self, name: str) -> Tuple[str, str]:
        folder = self._folder(name)
        left, right = self._camera_numbers(folder)
        return os.path.join(folder, f'image_{left}'), os.path.join(folder, f'image_{right}')

    def _load_sequence(self, name: str) -> _Sequence:
        folder = self._folder(name)
        path = os.path.join(folder, 'calib.txt')
        calibration = kitti_calib.read_calib_file(path)
        left, right = (kitti_calib.matrix(calibration, f'P{camera}', 3, 4, path)
                       for camera in self._camera_numbers(folder))
        poses = os.path.join(self.data_root, 'poses', os.path.basename(folder) + '.txt')
        world_from_left = None
        if self.files.exists(poses):
            # The poses are those of camera 0.
            world_from_left = read_poses(poses) @ np.linalg.inv(kitti_calib.camera_from_rect(left))
        return _Sequence(
            name=folder,
            folders=self._camera_folders(name),
            cam2img=(kitti_calib.cam2img_from_projection(left),
                     kitti_calib.cam2img_from_projection(right)),
            right_from_left=kitti_calib.source_from_target(right, left),
            world_from_left=world_from_left)

    # One sample ---------------------------------------------------------------

    def _sample(self, sequence: _Sequence, frame: int, side: str) -> dict:
        this = _SIDES[side]
        right_from_left = sequence.right_from_left
        sample = stereo_sample(
            self.files, self.frame_offsets, sequence.folders[this], sequence.folders[1 - this],
            frame, digits=6, cam2img=sequence.cam2img[this],
            partner_from_target=right_from_left if side == 'l' else np.linalg.inv(right_from_left))
        if sequence.world_from_left is not None and frame < len(sequence.world_from_left):
            world_from_left = sequence.world_from_left[frame]
            sample['world_from_target'] = (
                world_from_left if side == 'l' else
                world_from_left @ np.linalg.inv(right_from_left))
        if self.depth_dir and side == 'l':
            path = os.path.join(sequence.name, self.depth_dir, f'{frame:06d}.png')
            if self.files.exists(path):
                sample['depth_map_path'] = path
        return sample


def read_poses(path: str) -> np.ndarray:
    """KITTI odometry poses: (N, 4, 4) float64 world-from-camera-0, metres."""
    try:
        rows = np.loadtxt(read_text(path, MAX_LIST_BYTES).splitlines(), dtype=np.float64, ndmin=2)
    except ValueError as error:
        raise ValueError(f'{path}: not a pose file ({error}).') from None
    if rows.shape[1] != 12:
        raise ValueError(f'{path}: {rows.shape[1]} numbers a line, expected 12 (3x4, row by row).')
    poses = np.tile(np.eye(4), (len(rows), 1, 1))
    poses[:, :3] = rows.reshape(-1, 3, 4)
    return poses
