"""The split of KITTI's depth prediction benchmark, by its rule."""

from __future__ import annotations

import os
from typing import List, Optional, Set, Tuple

from spidepth_mm.utils.text_files import read_lines

from .errors import DatasetNotFoundError
from .splits import SplitEntry, is_frame_number

#: Split name: folder of the annotated depth archive.
BENCHMARK_SPLITS = {'benchmark_train': 'train', 'benchmark_val': 'val'}
_SIDES = {'image_02': 'l', 'image_03': 'r'}


def benchmark_entries(depth_root: Optional[str], split: str, skip_list: str) -> List[SplitEntry]:
    """Every frame that has an annotated depth map, of both cameras, sorted.

    The maps of the 5 first and 5 last frames of a drive do not exist.
    Monodepth2's lists of this name, 72,084 and 6,060 frames, lack the static
    frames besides; they can be given as ``skip_list``.

    Args:
        depth_root (str): The unpacked archive, with ``train/`` and ``val/``.
        split (str): A key of :data:`BENCHMARK_SPLITS`.
        skip_list (str): Frames to leave out, see :func:`read_skip_list`.

    Raises:
        DatasetNotFoundError: If the archive is not there.
    """
    if not depth_root:
        raise ValueError(f'split={split!r} is every frame of the annotated depth archive: give '
                         'that as depth_root.')
    part = os.path.join(depth_root, BENCHMARK_SPLITS[split])
    if not os.path.isdir(part):
        raise DatasetNotFoundError(
            f'split={split!r} needs {part!r}: unpack data_depth_annotated.zip into '
            f'{depth_root!r}.')
    skipped = read_skip_list(skip_list) if skip_list else set()
    entries = []
    for drive in sorted(os.listdir(part)):
        for camera, side in _SIDES.items():
            folder = os.path.join(part, drive, 'proj_depth', 'groundtruth', camera)
            for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
                stem, suffix = os.path.splitext(name)
                if suffix == '.png' and stem.isdigit() and (drive, int(stem)) not in skipped:
                    entries.append(SplitEntry(f'{drive[:10]}/{drive}', int(stem), side))
    return entries


def read_skip_list(path: str) -> Set[Tuple[str, int]]:
    """Drives and frames of a list such as SfMLearner's ``static_frames.txt``.

    A line is ``2011_09_26 2011_09_26_drive_0009_sync 0000000386``; the day may
    be joined to the drive by a slash or left out. Empty lines do not count.

    Raises:
        ValueError: At the first line of another form, with its number.
    """
    frames = set()
    for number, line in read_lines(path):
        fields = line.split()
        if not fields:
            continue
        if len(fields) not in (2, 3) or not is_frame_number(fields[-1]):
            raise ValueError(f'{path}, line {number}: got {line.strip()[:200]!r}, expected '
                             '"2011_09_26 2011_09_26_drive_0009_sync 0000000386".')
        frames.add((fields[-2].split('/')[-1], int(fields[-1])))
    return frames
