"""Does training see what testing measures? Two lists of frames, compared.

Pure functions of lists. A frame counts as seen when training loads it: as a
target, as a neighbour, or as a target's stereo partner.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Dict, Iterable, List, Set, Tuple

from .frame_offsets import STEREO, FrameOffset, normalize_frame_offsets
from .splits import SplitEntry, list_splits, load_split, parse_split_file

#: KITTI's odometry sequences are cut from raw drives: the drive, and the frame that is frame 0
#: (development kit of the odometry benchmark, readme.txt).
ODOMETRY_DRIVES: Dict[str, Tuple[str, int]] = {
    '00': ('2011_10_03_drive_0027_sync', 0),
    '01': ('2011_10_03_drive_0042_sync', 0),
    '02': ('2011_10_03_drive_0034_sync', 0),
    '03': ('2011_09_26_drive_0067_sync', 0),
    '04': ('2011_09_30_drive_0016_sync', 0),
    '05': ('2011_09_30_drive_0018_sync', 0),
    '06': ('2011_09_30_drive_0020_sync', 0),
    '07': ('2011_09_30_drive_0027_sync', 0),
    '08': ('2011_09_30_drive_0028_sync', 1100),
    '09': ('2011_09_30_drive_0033_sync', 0),
    '10': ('2011_09_30_drive_0034_sync', 0),
}

Frame = Tuple[str, int, str]


@dataclass(frozen=True)
class SplitLeaks:
    """What two lists share. Counts are of distinct images.

    Attributes:
        num_train: training targets.
        num_test: test images.
        as_target: test images that are training targets.
        as_neighbour: test images that training loads as a temporal source.
        as_partner: test images that training loads as a stereo source.
        other_camera: test images of which training sees none of the above,
            but the same moment with the rig's other camera.
        seen: test images of any of these four kinds.
        num_test_drives: drives that test images come from.
        shared_drives: those of them that training targets come from as well.
        train_in_shared: training targets from these drives.
    """

    num_train: int
    num_test: int
    as_target: int
    as_neighbour: int
    as_partner: int
    other_camera: int
    seen: int
    num_test_drives: int
    shared_drives: Tuple[str, ...]
    train_in_shared: int

    def is_leak(self, allow_shared_drives: bool = False) -> bool:
        """Whether test images are seen, or (unless allowed) drives are shared.

        The literature's clean Eigen split shares no drive: other frames of a
        test drive show the same street.
        """
        return self.seen > 0 or (bool(self.shared_drives) and not allow_shared_drives)

    def summary(self) -> str:
        """One line with both counts."""
        if not self.is_leak():
            return 'the train list shares no image and no drive with the test list'
        return (f'training sees {self.seen} of {self.num_test} test images and '
                f'{len(self.shared_drives)} of {self.num_test_drives} test drives')

    def describe(self) -> str:
        """All counts as a small table."""
        rows = [
            ('test images that training sees', self.seen, self.num_test),
            ('  as a target', self.as_target, None),
            ('  as a neighbour', self.as_neighbour, None),
            ('  as a stereo partner', self.as_partner, None),
            ('  only at the same moment, by the other camera', self.other_camera, None),
            ('test drives that training sees', len(self.shared_drives), self.num_test_drives),
            ('  training images from them', self.train_in_shared, self.num_train),
        ]
        return '\n'.join(f'{title:<48}{count:>7}' + ('' if of is None else f' of {of}')
                         for title, count, of in rows)

    def to_dict(self) -> dict:
        """Plain data, for a checkpoint or a result file."""
        return dict(asdict(self), shared_drives=list(self.shared_drives), leak=self.is_leak())


def find_split_leaks(train: Iterable[SplitEntry], test: Iterable[SplitEntry],
                     frame_offsets: Iterable[FrameOffset]) -> SplitLeaks:
    """Compare a training list with a test list.

    Drives are compared by name, with or without their day; KITTI odometry
    sequences are compared with KITTI raw as the drives they are cut from.

    Args:
        train: Training targets.
        test: Test images.
        frame_offsets: Sources of the training targets; ``'s'`` for the stereo
            partner.

    Raises:
        ValueError: For an unknown frame offset.
    """
    offsets = normalize_frame_offsets(frame_offsets)
    targets, tested = _frames(train), _frames(test)
    temporal = [offset for offset in offsets if offset != STEREO]
    neighbours = {(drive, frame + offset, side)
                  for drive, frame, side in targets for offset in temporal}
    partners = {_partner(frame) for frame in targets} if STEREO in offsets else set()
    loaded = targets | neighbours | partners
    moments = {(drive, frame) for drive, frame, _ in loaded}
    other_camera = {frame for frame in tested - loaded if frame[:2] in moments}

    test_drives = {drive for drive, _, _ in tested}
    shared = test_drives & {drive for drive, _, _ in targets}
    return SplitLeaks(
        num_train=len(targets),
        num_test=len(tested),
        as_target=len(tested & targets),
        as_neighbour=len(tested & neighbours),
        as_partner=len(tested & partners),
        other_camera=len(other_camera),
        seen=len(tested & loaded) + len(other_camera),
        num_test_drives=len(test_drives),
        shared_drives=tuple(sorted(shared)),
        train_in_shared=sum(drive in shared for drive, _, _ in targets))


def read_split(name_or_path: str) -> List[SplitEntry]:
    """A built-in list by name, or a file of ``drive frame side`` lines.

    Raises:
        ValueError: If it is neither; the message names the built-in lists.
    """
    if name_or_path in list_splits():
        return load_split(name_or_path)
    if not os.path.isfile(name_or_path):
        raise ValueError(f'{name_or_path!r} is neither a built-in list nor a file. '
                         f'Built-in lists are {", ".join(list_splits())}.')
    return parse_split_file(name_or_path)


def drive_names(entries: Iterable[SplitEntry]) -> Set[str]:
    """The drives of a list, by the names of ``SplitLeaks.shared_drives``."""
    return {_origin(drive)[0] for drive in {entry.drive for entry in entries}}


def _frames(entries: Iterable[SplitEntry]) -> Set[Frame]:
    origins: Dict[str, Tuple[str, int]] = {}
    frames = set()
    for drive, frame, side in entries:
        if drive not in origins:
            origins[drive] = _origin(drive)
        name, first = origins[drive]
        frames.add((name, first + frame, side))
    return frames


def _origin(drive: str) -> Tuple[str, int]:
    """The drive's name without its day, and the number of its frame 0."""
    name = drive.rstrip('/').rpartition('/')[2]
    if name.isdigit():
        name = f'{int(name):02d}'
    return ODOMETRY_DRIVES.get(name, (name, 0))


def _partner(frame: Frame) -> Frame:
    drive, number, side = frame
    return drive, number, 'r' if side == 'l' else 'l'
