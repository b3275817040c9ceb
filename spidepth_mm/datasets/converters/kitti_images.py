"""A copy of KITTI raw's images as JPEG or resized, with its calibration."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from spidepth_mm.utils.atomic_write import write_atomically

from .. import kitti_calib
from ..errors import DatasetNotFoundError, UnreadableImageError
from ..file_index import FileIndex
from ..frame_offsets import FrameOffset
from ..kitti_paths import date_and_drive, image_folder
from ..splits import SplitEntry
from ..transforms.geometric import resize_cam2img
from .image_cache import ImageJob, check_copy, convert_image, image_size, note_settings
from .jobs import MISSING, Outcome, run_jobs
from .kitti_check import frames_of

_CAMERA_NUMBERS = (2, 3)
Folder = Tuple[str, str, int]


def convert_kitti_images(data_root: str, out: str, entries: Optional[Sequence[SplitEntry]] = None,
                         frame_offsets: Sequence[FrameOffset] = (-1, 1, 's'),
                         image_format: str = 'jpg', quality: int = 92,
                         scale: Optional[Tuple[int, int]] = None, workers: int = 0,
                         progress: bool = True) -> List[Outcome]:
    """Writes a copy of the images in KITTI raw's layout; goes on where it was stopped.

    Without a resize the scans are linked, so that the copy can be tested on
    (by a dataset with ``links_outside='folders'``).
    A resized copy is for training: its calibration is that of the resized
    images, and scans would be projected to another size than the protocols
    evaluate at.

    Args:
        data_root (str): The folder that has the days.
        out (str): Folder of the copy, new or one to complete.
        entries (Sequence[SplitEntry], optional): Only the images of this
            list and their sources; all colour images if not given.
        frame_offsets (Sequence): Normalised offsets of the sources.
        image_format (str): ``'jpg'`` or ``'png'``.
        quality (int): Of a JPEG, 1 to 100.
        scale (tuple, optional): (W, H) to resize to.
        workers (int): Number of processes.
        progress (bool): Whether to draw a bar.

    Returns:
        list[Outcome]: One for each image.

    Raises:
        ValueError: For unknown values, or if ``out`` was made with others.
        OSError: If the disk is full; finished files are kept, and no half one.
    """
    check_copy(data_root, out, image_format, quality, scale)
    files = FileIndex()
    frames = _listed_frames(files, data_root, entries, frame_offsets)
    note_settings(out, dict(format=image_format, quality=quality if image_format == 'jpg' else None,
                            scale=scale))
    jobs, missing = [], []
    for (date, drive, camera), numbers in sorted(frames.items()):
        folder = image_folder(data_root, date, drive, camera)
        target = image_folder(out, date, drive, camera)
        for number in sorted(numbers):
            path = files.image(folder, f'{number:010d}')
            if not files.exists(path):
                missing.append(Outcome(MISSING, path))
                continue
            jobs.append(ImageJob(path, os.path.join(target, f'{number:010d}.{image_format}'),
                                 None, None, scale, quality))
    sizes = _size_of_each_day(jobs, data_root)
    jobs = [job._replace(size=sizes.get(_date_of(job.source, data_root))) for job in jobs]
    for date in sizes:
        _copy_calibration(data_root, out, date, sizes[date], scale)
    outcomes = run_jobs(convert_image, jobs, workers, progress)
    if scale is None:
        for date, drive in sorted({(date, drive) for date, drive, _ in frames}):
            _link_scans(data_root, out, date, drive)
    return outcomes + missing


def _listed_frames(files: FileIndex, data_root: str, entries: Optional[Sequence[SplitEntry]],
                   frame_offsets: Sequence[FrameOffset]) -> Dict[Folder, Set[int]]:
    """Frame numbers by day, drive and camera."""
    frames: Dict[Folder, Set[int]] = defaultdict(set)
    if entries is not None:
        for entry in entries:
            date, drive = date_and_drive(entry.drive)
            for camera, number in frames_of(entry, frame_offsets):
                frames[date, drive, camera].add(number)
        return frames
    for date in sorted(files.names(data_root)):
        for drive in sorted(files.names(os.path.join(data_root, date))):
            for camera in _CAMERA_NUMBERS:
                stems = (os.path.splitext(name)[0] for name in files.names(
                    image_folder(data_root, date, drive, camera)))
                frames[date, drive, camera].update(int(stem) for stem in stems if stem.isdigit())
    if not any(frames.values()):
        raise DatasetNotFoundError(
            f'No image in {data_root!r}. Expected '
            f'{os.path.join(data_root, "2011_09_26", "2011_09_26_drive_0001_sync")}/image_02/data/'
            '0000000000.png.')
    return frames


def _date_of(path: str, data_root: str) -> str:
    return os.path.relpath(path, data_root).split(os.sep)[0]


def _size_of_each_day(jobs: Sequence[ImageJob], data_root: str) -> Dict[str, Tuple[int, int]]:
    """(W, H) of each day's first readable image; each day was rectified to one size."""
    sizes: Dict[str, Tuple[int, int]] = {}
    for job in jobs:
        date = _date_of(job.source, data_root)
        if date not in sizes:
            try:
                sizes[date] = image_size(job.source)
            except UnreadableImageError:
                continue  # is reported when it is its turn
    return sizes


def _link_scans(data_root: str, out: str, date: str, drive: str) -> None:
    for name in ('velodyne_points', 'proj_depth'):
        source = os.path.join(data_root, date, drive, name)
        target = os.path.join(out, date, drive, name)
        if os.path.isdir(source) and not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.symlink(os.path.abspath(source), target)


# Calibration --------------------------------------------------------------------


def _copy_calibration(data_root: str, out: str, date: str, size: Tuple[int, int],
                      scale: Optional[Tuple[int, int]]) -> None:
    source = os.path.join(data_root, date, 'calib_cam_to_cam.txt')
    if not os.path.isfile(source):
        raise DatasetNotFoundError(f'No calibration file {source}: unpack {date}_calib.zip beside '
                                   'the drives.')
    calibration = kitti_calib.read_calib_file(source)
    for camera in _CAMERA_NUMBERS:
        kitti_calib.matrix(calibration, f'P_rect_{camera:02d}', 3, 4, source)
    contents = {}
    if scale is not None:
        contents['calib_cam_to_cam.txt'] = resize_calibration(source, size, scale).encode()
    else:
        for name in ('calib_cam_to_cam.txt', 'calib_velo_to_cam.txt', 'calib_imu_to_velo.txt'):
            path = os.path.join(data_root, date, name)
            if os.path.isfile(path):
                with open(path, 'rb') as file:
                    contents[name] = file.read()
    target = os.path.join(out, date)
    os.makedirs(target, exist_ok=True)
    for name, content in contents.items():
        write_atomically(os.path.join(target, name), content)


def resize_calibration(path: str, size: Tuple[int, int], scale: Tuple[int, int]) -> str:
    """``calib_cam_to_cam.txt`` for images resized from ``size`` to ``scale``, both (W, H).

    Of each camera the rectified projection and size (``P_rect``, ``S_rect``)
    are rewritten, the rest is of the images before rectification. Cameras
    keep their places: only pixels change.
    """
    calibration = kitti_calib.read_calib_file(path)
    factors = scale[0] / size[0], scale[1] / size[1]
    lines = []
    with open(path, encoding='utf-8', errors='replace') as file:
        for line in file:
            key = line.partition(':')[0].strip()
            if key.startswith('P_rect_') and key in calibration:
                projection = kitti_calib.matrix(calibration, key, 3, 4, path)
                line = _line(key, resize_cam2img(projection, *factors))
            elif key.startswith('S_rect_') and key in calibration:
                line = _line(key, np.array(scale, dtype=np.float64))
            lines.append(line if line.endswith('\n') else line + '\n')
    return ''.join(lines)


def _line(key: str, values: np.ndarray) -> str:
    return f'{key}: {" ".join(f"{value:.12e}" for value in values.reshape(-1))}\n'
