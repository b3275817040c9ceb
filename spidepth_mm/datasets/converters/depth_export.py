"""Exports KITTI ground truth once: one file an image, a manifest, checksums."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from spidepth_mm.utils.atomic_write import write_atomically

from .. import kitti_calib
from ..depth_io import read_depth, write_depth_png, write_sparse_depth
from ..errors import DatasetNotFoundError, UnreadableImageError
from ..exported_depth import CODINGS, FORMAT, MANIFEST, exported_name, read_manifest
from ..file_index import FileIndex
from ..kitti_paths import (
    CAMERAS,
    check_annotated_archive,
    date_and_drive,
    find_depth,
    image_folder,
)
from ..splits import SplitEntry
from ..velodyne import DEPTH_KINDS, project_scan, read_scan
from .image_cache import image_size
from .jobs import DONE, FAILED, MISSING, SKIPPED, Outcome, run_jobs

SOURCES = ('velodyne', 'annotated')
_WHERE = dict(
    velodyne='No scan of the list in {0!r}: its drives have no velodyne_points/data. Unpack their '
    '..._sync.zip.',
    annotated='No annotated depth map of the list in {1!r}: unpack data_depth_annotated.zip, and '
    'give its folder, which has train/ and val/, as depth_root.')
_SETTINGS = ('source', 'depth_kind', 'coding', 'list')


class _Job(NamedTuple):
    """One image's depth: where from, where to, and how."""

    source: Optional[str]
    target: str
    name: str
    image_from_velodyne: Optional[np.ndarray]
    shape: Optional[Tuple[int, int]]
    depth_kind: str
    image: str


def export_depth(data_root: str, out: str, entries: Sequence[SplitEntry], list_name: str,
                 source: str = 'velodyne', depth_kind: str = 'velodyne_x', coding: str = 'npz',
                 depth_root: Optional[str] = None, allow_missing: bool = False, workers: int = 0,
                 progress: bool = True) -> List[Outcome]:
    """Writes the ground truth of a list's images; goes on where it was stopped.

    Args:
        data_root (str): The folder that has the days.
        out (str): Folder of the export, new or one to complete.
        entries (Sequence[SplitEntry]): The list.
        list_name (str): What the manifest calls it.
        source (str): ``'velodyne'`` or ``'annotated'``.
        depth_kind (str): Of a projected scan, see
            :func:`spidepth_mm.datasets.velodyne.project_scan`.
        coding (str): ``'npz'``: exact; ``'png'``: 16 bits, rounded to 1/256 m.
        depth_root (str, optional): The annotated depth archive, where it is
            not unpacked among the drives.
        allow_missing (bool): Call the export finished although some images
            have no ground truth.
        workers (int): Number of processes.
        progress (bool): Whether to draw a bar.

    Returns:
        list[Outcome]: One for each image.

    Raises:
        ValueError: If ``out`` holds an export with other settings.
        DatasetNotFoundError: If calibration is missing, or all ground truth is.
        OSError: If the disk is full; finished files are kept, and no half one.
    """
    for name, value, valid in (('source', source, SOURCES), ('coding', coding, CODINGS),
                               ('depth_kind', depth_kind, DEPTH_KINDS)):
        if value not in valid:
            raise ValueError(f'Unknown {name} {value!r}. Valid values are {", ".join(valid)}.')
    if source == 'annotated':
        depth_kind = 'camera_z'  # what the benchmark's depth maps hold
        if depth_root:
            check_annotated_archive(depth_root)
    settings = dict(source=source, depth_kind=depth_kind, coding=coding, list=list_name)
    _require_same_settings(out, settings)
    jobs = _jobs(data_root, out, entries, settings, depth_root)
    if not any(job.source or os.path.isfile(job.target) for job in jobs):
        raise DatasetNotFoundError(_WHERE[source].format(data_root, depth_root or data_root))
    os.makedirs(out, exist_ok=True)
    _write_manifest(out, settings, [], complete=False)
    outcomes = run_jobs(_export_one, jobs, workers, progress)
    statuses = {outcome.status for outcome in outcomes}
    complete = FAILED not in statuses and (allow_missing or MISSING not in statuses)
    _write_manifest(out, settings, outcomes, complete)
    return outcomes


def verify_export(out: str, workers: int = 0, progress: bool = True) -> List[Outcome]:
    """Compares each file of an export with its checksum."""
    files = read_manifest(out)['files']
    jobs = [(os.path.join(out, name), name, entry['sha256']) for name, entry in files.items()]
    return run_jobs(_verify_one, jobs, workers, progress)


# The jobs -----------------------------------------------------------------------


def _jobs(data_root: str, out: str, entries: Sequence[SplitEntry], settings: Dict[str, str],
          depth_root: Optional[str]) -> List[_Job]:
    files = FileIndex()
    source = settings['source']

    @cache
    def calibration_of(date: str, camera: int):
        return _scan_calibration(os.path.join(data_root, date), date, camera)

    jobs = []
    for entry in entries:
        date, drive = date_and_drive(entry.drive)
        camera = CAMERAS[entry.side]
        path = find_depth(files, source, os.path.join(data_root, date, drive), camera,
                          entry.frame, depth_root)
        projection, shape = calibration_of(date, camera) if path and source == 'velodyne' else (
            None, None)
        name = exported_name(date, drive, entry, settings['coding'])
        image = files.image(image_folder(data_root, date, drive, camera), f'{entry.frame:010d}')
        jobs.append(_Job(path, os.path.join(out, name), name, projection, shape,
                         settings['depth_kind'], image if files.exists(image) else ''))
    return jobs


def _scan_calibration(folder: str, date: str,
                      camera: int) -> Tuple[np.ndarray, Optional[Tuple[int, int]]]:
    """(3, 4) pixels-from-scan, and the (H, W) that the calibration is for, if it says."""
    paths = [os.path.join(folder, f'calib_{name}.txt') for name in ('cam_to_cam', 'velo_to_cam')]
    for path in paths:
        if not os.path.isfile(path):
            raise DatasetNotFoundError(f'No calibration file {path}: unpack {date}_calib.zip '
                                       'beside the drives.')
    calibrations = [kitti_calib.read_calib_file(path) for path in paths]
    size = calibrations[0].get(f'S_rect_{camera:02d}')
    shape = None if size is None else (round(float(size[1])), round(float(size[0])))
    return kitti_calib.image_from_velodyne(*calibrations, camera, *paths), shape


def _export_one(job: _Job) -> Outcome:
    if os.path.isfile(job.target):
        try:
            return _outcome(SKIPPED, job)
        except UnreadableImageError:
            pass  # not from here, or damaged since: made again
    if job.source is None:
        return Outcome(MISSING, job.name, 'no ground truth on the disk')
    depth = _read_scan_depth(job) if job.source.endswith('.bin') else read_depth(job.source)
    os.makedirs(os.path.dirname(job.target), exist_ok=True)
    write = write_depth_png if job.target.endswith('.png') else write_sparse_depth
    write(job.target, depth)
    return _outcome(DONE, job)


def _read_scan_depth(job: _Job) -> np.ndarray:
    shape = job.shape
    if job.image:
        stored = image_size(job.image)[::-1]
        if shape is not None and stored != shape:
            raise UnreadableImageError(
                job.image, f'{stored[1]}x{stored[0]} pixels, but its calibration is for '
                f'{shape[1]}x{shape[0]}: export from the original images')
        shape = stored
    if shape is None:
        raise UnreadableImageError(job.source, 'neither its image nor S_rect in its calibration '
                                   'says how large the depth map is')
    return project_scan(read_scan(job.source), job.image_from_velodyne, shape, job.depth_kind)


def _outcome(status: str, job: _Job) -> Outcome:
    depth = read_depth(job.target)  # so that what is on the disk is known to be whole
    return Outcome(status, job.name, details=dict(
        sha256=_checksum(job.target), shape=list(depth.shape),
        points=int(np.count_nonzero(depth))))


def _verify_one(item: Tuple[str, str, str]) -> Outcome:
    path, name, expected = item
    if not os.path.isfile(path):
        return Outcome(MISSING, name)
    same = _checksum(path) == expected
    return Outcome(DONE if same else FAILED, name, '' if same else 'its checksum is another one')


def _checksum(path: str) -> str:
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


# The manifest -------------------------------------------------------------------


def _require_same_settings(out: str, settings: Dict[str, str]) -> None:
    if not os.path.isfile(os.path.join(out, MANIFEST)):
        return
    manifest = read_manifest(out)
    for name in _SETTINGS:
        if manifest.get(name) != settings[name]:
            raise ValueError(f'{out!r} holds an export with {name} {manifest.get(name)!r}, not '
                             f'{settings[name]!r}. Choose another folder, or delete that one.')


def _write_manifest(out: str, settings: Dict[str, str], outcomes: Sequence[Outcome],
                    complete: bool) -> None:
    manifest: Dict[str, Any] = dict(format=FORMAT, **settings, complete=complete)
    manifest['files'] = {outcome.name: outcome.details for outcome in outcomes if outcome.details}
    manifest['missing'] = [outcome.name for outcome in outcomes if not outcome.details]
    content = json.dumps(manifest, indent=1) + '\n'
    write_atomically(os.path.join(out, MANIFEST), content.encode())
