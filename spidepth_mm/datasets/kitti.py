"""KITTI raw: drives with two colour cameras and a laser scanner."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Iterator, List, NamedTuple, Optional

import numpy as np

from spidepth_mm.registry import DATASETS

from . import kitti_calib
from .base import DepthDataset
from .errors import DatasetNotFoundError
from .exported_depth import ExportedDepth
from .frame_offsets import STEREO
from .kitti_benchmark import BENCHMARK_SPLITS, benchmark_entries
from .kitti_paths import (
    CAMERAS,
    check_annotated_archive,
    date_and_drive,
    find_depth,
    image_folder,
)
from .splits import SplitEntry, list_splits, load_split, parse_split_file
from .stereo_sample import stereo_sample
from .velodyne import DEPTH_KINDS

GROUND_TRUTHS = ('velodyne', 'annotated', 'exported', None)
_DIGITS = 10


class _Calibration(NamedTuple):
    """A day's calibration for one target camera."""

    cam2img: np.ndarray
    partner_from_target: Optional[np.ndarray]
    image_from_velodyne: Optional[np.ndarray]


@DATASETS.register_module()
class KITTIDataset(DepthDataset):
    """KITTI raw, as the official archives unpack; PNG or JPEG images.

    Args:
        data_root (str): The folder that has the days (``2011_09_26``).
        split (str, optional): A built-in list: ``'eigen_zhou_train'``,
            ``'eigen_test'``, see :func:`spidepth_mm.datasets.list_splits`; or
            ``'benchmark_train'``, ``'benchmark_val'``: all frames of the
            annotated depth archive.
        ann_file (str): A list of ``drive frame side`` lines instead.
        ground_truth (str, optional): ``'velodyne'``: the drive's scans,
            projected when loaded; ``'annotated'``: the depth maps of KITTI's
            depth benchmark; ``'exported'``: files made from either by
            ``tools/dataset_converters/kitti.py depth``, or Monodepth2's
            ``gt_depths.npz``; None.
        depth_kind (str): What a projected scan holds. ``'velodyne_x'`` is
            what the Eigen protocol evaluates on, ``'camera_z'`` is depth. An
            export brings its own.
        depth_root (str, optional): Where the annotated depth archive was
            unpacked (it has ``train/`` and ``val/``). By default each
            drive's ``proj_depth`` is looked for beside its images. For
            exported ground truth the export's folder or file.
        skip_list (str): With a benchmark split: frames to leave out, in the
            form of SfMLearner's ``static_frames.txt``.
        kwargs: See :class:`DepthDataset`.
    """

    METAINFO: dict = dict(dataset_type='kitti_raw', task_name='depth_estimation')
    CHECK_COMMAND = 'python tools/dataset_converters/kitti.py check'
    LAYOUT = ('2011_09_26/calib_cam_to_cam.txt',
              '2011_09_26/calib_velo_to_cam.txt   (for ground truth)',
              '2011_09_26/2011_09_26_drive_0001_sync/image_02/data/0000000000.png   (or .jpg)',
              '2011_09_26/2011_09_26_drive_0001_sync/image_03/data/0000000000.png',
              '2011_09_26/2011_09_26_drive_0001_sync/velodyne_points/data/0000000000.bin')

    def __init__(self,
                 data_root: str = '',
                 split: Optional[str] = None,
                 ann_file: str = '',
                 ground_truth: Optional[str] = 'velodyne',
                 depth_kind: str = 'velodyne_x',
                 depth_root: Optional[str] = None,
                 skip_list: str = '',
                 **kwargs: Any) -> None:
        if not split and not ann_file:
            raise ValueError(f'{type(self).__name__} needs a split or an ann_file. '
                             f'Valid splits are {", ".join(_split_names())}.')
        if ground_truth not in GROUND_TRUTHS:
            raise ValueError(f'Unknown ground_truth {ground_truth!r}. '
                             f'Valid values are {", ".join(map(repr, GROUND_TRUTHS))}.')
        if depth_kind not in DEPTH_KINDS:
            raise ValueError(f'Unknown depth_kind {depth_kind!r}. '
                             f'Valid kinds are {", ".join(DEPTH_KINDS)}.')
        if depth_root and ground_truth not in ('annotated', 'exported') \
                and split not in BENCHMARK_SPLITS:
            raise ValueError("depth_root is the annotated archive or an export: it needs "
                             "ground_truth='annotated' or 'exported', but got "
                             f'{ground_truth!r}.')
        if ground_truth == 'exported' and (not depth_root or split in BENCHMARK_SPLITS):
            raise ValueError("ground_truth='exported' needs depth_root, the export's folder or "
                             'gt_depths.npz, and a list that is not a benchmark split.')
        self.ground_truth = ground_truth
        self.depth_kind = depth_kind
        self.depth_root = depth_root
        self.skip_list = skip_list
        self._exported: Optional[ExportedDepth] = None
        super().__init__(data_root=data_root, split=split, ann_file=ann_file, **kwargs)

    def iter_samples(self) -> Iterator[dict]:
        calibration_of = lru_cache(maxsize=None)(self._load_calibration)
        entries = self.entries()
        if self.ground_truth == 'exported':
            self._exported = ExportedDepth(self.depth_root, len(entries))
        for index, entry in enumerate(entries):
            date, drive = date_and_drive(entry.drive)
            yield self._sample(index, date, drive, entry,
                               calibration_of(date, CAMERAS[entry.side]))
        self._exported = None  # its paths are in the samples now

    def entries(self) -> List[SplitEntry]:
        """The list as it stands; no image is looked at."""
        if self.ann_file:
            return parse_split_file(self.ann_file)
        if self.split in BENCHMARK_SPLITS:
            return benchmark_entries(self.depth_root, self.split, self.skip_list)
        return load_split(self.split, prefix='eigen')

    def _sample(self, index: int, date: str, drive: str, entry: SplitEntry,
                calibration: Optional[_Calibration]) -> dict:
        drive_folder = os.path.join(self.data_root, date, drive)
        camera = CAMERAS[entry.side]
        sample = stereo_sample(
            self.files, self.frame_offsets,
            image_folder(self.data_root, date, drive, camera),
            image_folder(self.data_root, date, drive, 5 - camera),
            entry.frame, digits=_DIGITS,
            cam2img=calibration and calibration.cam2img,
            partner_from_target=calibration and calibration.partner_from_target)
        path = None
        if self._exported is not None:
            path = self._exported.path(index, date, drive, entry)
            if path and self._exported.depth_kind:
                sample['depth_kind'] = self._exported.depth_kind
        elif self.ground_truth:
            path = find_depth(self.files, self.ground_truth, drive_folder, camera, entry.frame,
                              self.depth_root)
        if path:
            sample['depth_map_path'] = path
            if self.ground_truth == 'velodyne':
                if calibration.image_from_velodyne is None:
                    raise DatasetNotFoundError(
                        f'{path} needs {os.path.join(self.data_root, date)}/'
                        'calib_velo_to_cam.txt, which is not there. Unpack '
                        f'{date}_calib.zip, or set ground_truth=None.')
                sample['image_from_velodyne'] = calibration.image_from_velodyne
                sample['depth_kind'] = self.depth_kind
        return sample

    # Calibration ---------------------------------------------------------------

    def _load_calibration(self, date: str, camera: int) -> Optional[_Calibration]:
        """None for a day that is not on the disk: its samples are missing anyway."""
        folder = os.path.join(self.data_root, date)
        if not self.files.names(folder):
            return None
        cam_path = os.path.join(folder, 'calib_cam_to_cam.txt')
        if not self.files.exists(cam_path):
            raise DatasetNotFoundError(f'No calibration file {cam_path}: unpack '
                                       f'{date}_calib.zip beside the drives.')
        calibration = kitti_calib.read_calib_file(cam_path)
        target = kitti_calib.matrix(calibration, f'P_rect_{camera:02d}', 3, 4, cam_path)
        partner_from_target = None
        if STEREO in self.frame_offsets:
            partner = kitti_calib.matrix(calibration, f'P_rect_{5 - camera:02d}', 3, 4, cam_path)
            partner_from_target = kitti_calib.source_from_target(partner, target)
        return _Calibration(
            cam2img=kitti_calib.cam2img_from_projection(target),
            partner_from_target=partner_from_target,
            image_from_velodyne=self._velodyne_projection(folder, calibration, camera, cam_path))

    def _velodyne_projection(self, folder: str, calibration: kitti_calib.Calibration, camera: int,
                             cam_path: str) -> Optional[np.ndarray]:
        if self.ground_truth != 'velodyne':
            return None
        path = os.path.join(folder, 'calib_velo_to_cam.txt')
        if not self.files.exists(path):
            return None  # of no consequence unless there are scans
        return kitti_calib.image_from_velodyne(
            calibration, kitti_calib.read_calib_file(path), camera, cam_path, path)

    # Layout --------------------------------------------------------------------

    def check_layout(self) -> None:
        super().check_layout()
        dates = {date_and_drive(entry.drive)[0] for entry in self.entries()}
        if not dates.intersection(os.listdir(self.data_root)):
            raise self.not_found(self._level_hint(dates))
        if self.depth_root and self.ground_truth == 'annotated':
            check_annotated_archive(self.depth_root)

    def _level_hint(self, dates: set) -> str:
        """Says which folder to give, where the right one is a level away."""
        root = os.path.abspath(self.data_root)
        inside = [os.path.join(root, name) for name in sorted(os.listdir(root))]
        for folder in (os.path.dirname(root), os.path.dirname(os.path.dirname(root)), *inside):
            if os.path.isdir(folder) and dates.intersection(os.listdir(folder)):
                return f'The days lie in {folder!r}: set data_root to that.'
        return f'It has none of the days {", ".join(sorted(dates))}.'


def _split_names() -> List[str]:
    return [*list_splits('eigen'), *BENCHMARK_SPLITS]
