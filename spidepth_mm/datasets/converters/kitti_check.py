"""Which drives and frames of a split are on the disk, and which are not."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Set, Tuple

from ..file_index import FileIndex
from ..frame_offsets import STEREO, FrameOffset
from ..kitti_paths import CAMERAS, check_annotated_archive, date_and_drive, find_depth
from ..splits import SplitEntry
from .number_ranges import format_ranges


@dataclass
class KITTIReport:
    """What :func:`check_kitti` found.

    Attributes:
        num_images: Length of the list.
        num_complete: Images that are there with all that was asked for.
        days_without_calibration: Days whose calibration is needed and absent.
        missing_drives: Absent drive to the number of listed images.
        missing_frames: Folder below the data's root to the absent numbers, of
            drives that are there.
    """

    num_images: int
    num_complete: int = 0
    days_without_calibration: Set[str] = field(default_factory=set)
    missing_drives: Dict[str, int] = field(default_factory=dict)
    missing_frames: Dict[str, Set[int]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return self.num_complete == self.num_images and not self.days_without_calibration

    def lines(self) -> List[str]:
        """One readable list."""
        lines = [f'{self.num_complete} of {self.num_images} images are complete.']
        for day in sorted(self.days_without_calibration):
            lines.append(f'calibration missing: {day}   (unpack {day}_calib.zip)')
        if self.missing_drives:
            lines.append(f'drives missing: {len(self.missing_drives)}')
        for drive, number in sorted(self.missing_drives.items()):
            name = drive.split('/')[-1]
            lines.append(f'  {drive}   {number} images   (unpack {name}.zip)')
        if self.missing_frames:
            lines.append(f'frames missing in {len(self.missing_frames)} folders:')
        for folder, numbers in sorted(self.missing_frames.items()):
            lines.append(f'  {folder}: {format_ranges(numbers)}')
        return lines


def check_kitti(data_root: str, entries: Sequence[SplitEntry],
                frame_offsets: Sequence[FrameOffset] = (), ground_truth: Optional[str] = None,
                depth_root: Optional[str] = None) -> KITTIReport:
    """Looks for each listed image, its sources and its ground truth.

    Args:
        data_root (str): The folder that has the days.
        entries (Sequence[SplitEntry]): The list.
        frame_offsets (Sequence): Normalised offsets of the sources.
        ground_truth (str, optional): ``'velodyne'`` or ``'annotated'``.
        depth_root (str, optional): The annotated depth archive, where it is
            not unpacked among the drives.

    Raises:
        DatasetNotFoundError: If ``depth_root`` is not that archive.
    """
    if depth_root and ground_truth == 'annotated':
        check_annotated_archive(depth_root)
    files = FileIndex()
    report = KITTIReport(len(entries))
    missing_drives: Dict[str, int] = defaultdict(int)
    missing_frames: Dict[str, Set[int]] = defaultdict(set)
    for entry in entries:
        date, drive = date_and_drive(entry.drive)
        report.days_without_calibration.update(_without_calibration(
            files, data_root, date, ground_truth))
        if not files.names(os.path.join(data_root, date, drive)):
            missing_drives[f'{date}/{drive}'] += 1
            continue
        absent = _absent(files, data_root, date, drive, entry, frame_offsets)
        if ground_truth:
            absent += _absent_depth(files, data_root, date, drive, entry, ground_truth, depth_root)
        for folder, number in absent:
            missing_frames[folder].add(number)
        report.num_complete += not absent
    report.missing_drives, report.missing_frames = dict(missing_drives), dict(missing_frames)
    return report


def frames_of(entry: SplitEntry, frame_offsets: Sequence[FrameOffset]) -> List[Tuple[int, int]]:
    """(camera, number) of a listed image and its sources."""
    camera = CAMERAS[entry.side]
    frames = [(camera, entry.frame)]
    for offset in frame_offsets:
        frames.append((5 - camera, entry.frame) if offset == STEREO else
                      (camera, entry.frame + offset))
    return frames


def _without_calibration(files: FileIndex, data_root: str, date: str,
                         ground_truth: Optional[str]) -> List[str]:
    names = ['calib_cam_to_cam.txt']
    if ground_truth == 'velodyne':
        names.append('calib_velo_to_cam.txt')
    complete = all(files.exists(os.path.join(data_root, date, name)) for name in names)
    return [] if complete else [date]


def _absent(files: FileIndex, data_root: str, date: str, drive: str, entry: SplitEntry,
            frame_offsets: Sequence[FrameOffset]) -> List[Tuple[str, int]]:
    absent = []
    for camera, number in frames_of(entry, frame_offsets):
        folder = f'{date}/{drive}/image_{camera:02d}/data'
        path = files.image(os.path.join(data_root, folder), f'{number:010d}')
        if not files.exists(path):
            absent.append((folder, number))
    return absent


def _absent_depth(files: FileIndex, data_root: str, date: str, drive: str, entry: SplitEntry,
                  ground_truth: str, depth_root: Optional[str]) -> List[Tuple[str, int]]:
    camera = CAMERAS[entry.side]
    if find_depth(files, ground_truth, os.path.join(data_root, date, drive), camera, entry.frame,
                  depth_root):
        return []
    folder = 'velodyne_points/data' if ground_truth == 'velodyne' else \
        f'proj_depth/groundtruth/image_{camera:02d}'
    return [(f'{date}/{drive}/{folder}', entry.frame)]
