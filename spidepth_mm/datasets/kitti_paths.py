"""Where things lie in KITTI raw and in its annotated depth archive."""

from __future__ import annotations

import os
from typing import Optional, Tuple

from .errors import DatasetNotFoundError
from .file_index import FileIndex

#: Number of the colour camera on each side.
CAMERAS = {'l': 2, 'r': 3}
#: The folders of the annotated depth archive.
ANNOTATED_PARTS = ('train', 'val')
#: Folder of a rendered drive: masks of vehicles under way, which KITTI does not have.
MOVING_MASKS = 'moving'


def date_and_drive(drive: str) -> Tuple[str, str]:
    """'2011_09_26', '2011_09_26_drive_0001_sync'; the day may be left out of ``drive``."""
    date, slash, name = drive.partition('/')
    return (date, name) if slash else (drive[:len('2011_09_26')], drive)


def image_folder(data_root: str, date: str, drive: str, camera: int) -> str:
    """Of one camera of one drive."""
    return os.path.join(data_root, date, drive, f'image_{camera:02d}', 'data')


def check_annotated_archive(depth_root: str) -> None:
    """Raises ``DatasetNotFoundError``, naming the right level, if the archive is not there."""
    if _has_annotated_drives(depth_root):
        return
    folder = os.path.abspath(depth_root)
    inside = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    near = (os.path.dirname(folder), os.path.dirname(os.path.dirname(folder)),
            *(os.path.join(folder, name) for name in inside))
    hint = next((f' They lie in {path!r}: give that.' for path in near
                 if _has_annotated_drives(path)), '')
    example = os.path.join(depth_root, 'train', '2011_09_26_drive_0001_sync')
    raise DatasetNotFoundError(
        f'depth_root {depth_root!r} has neither train/ nor val/ with annotated drives.{hint} '
        f'Expected layout: {example}/proj_depth/groundtruth/image_02/0000000005.png')


def _has_annotated_drives(folder: str) -> bool:
    parts = (os.path.join(folder, part) for part in ANNOTATED_PARTS)
    return any('_drive_' in name for part in parts if os.path.isdir(part)
               for name in os.listdir(part))


def find_depth(files: FileIndex, ground_truth: str, drive_folder: str, camera: int, frame: int,
               depth_root: Optional[str] = None) -> Optional[str]:
    """An image's scan or annotated depth map; None if it is not on the disk.

    Args:
        files (FileIndex): What lies on the disk.
        ground_truth (str): ``'velodyne'`` or ``'annotated'``.
        drive_folder (str): ``<data_root>/<date>/<drive>``.
        camera (int): 2 or 3.
        frame (int): The image's number.
        depth_root (str, optional): The annotated archive, where it is not
            unpacked among the drives.
    """
    if ground_truth == 'velodyne':
        path = os.path.join(drive_folder, 'velodyne_points', 'data', f'{frame:010d}.bin')
        return path if files.exists(path) else None
    drive = os.path.basename(drive_folder)
    folders = [drive_folder] if not depth_root else [
        os.path.join(depth_root, part, drive) for part in ANNOTATED_PARTS]
    candidates = [os.path.join(folder, 'proj_depth', 'groundtruth', f'image_{camera:02d}',
                               f'{frame:010d}.png') for folder in folders]
    return next((path for path in candidates if files.exists(path)), None)
