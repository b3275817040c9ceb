"""The literature's lists of KITTI frames, and reading a list of one's own.

A list is stored as ``drive side ranges`` lines, e.g. ``... l 5-104,107``:
the frames of one camera of one drive. Test lists keep the order in which the
literature evaluates (and in which files such as ``gt_depths.npz`` are
stored); training and validation lists are sets and stand sorted.
"""

from __future__ import annotations

import os
from typing import Iterator, List, NamedTuple

from spidepth_mm.utils.text_files import read_lines

_FOLDER = os.path.dirname(__file__)


class SplitEntry(NamedTuple):
    """One target image: ``frame`` counts from 0, ``side`` is 'l' or 'r'.

    ``drive`` is ``date/date_drive_0001_sync`` in KITTI raw, a sequence's name
    in KITTI odometry.
    """

    drive: str
    frame: int
    side: str


def list_splits(prefix: str = '') -> List[str]:
    """Names that :func:`load_split` knows, or those that start with ``prefix``."""
    return sorted(name[:-4] for name in os.listdir(_FOLDER)
                  if name.endswith('.txt') and name.startswith(prefix))


def load_split(name: str, prefix: str = '') -> List[SplitEntry]:
    """A built-in list by name.

    Args:
        name (str): E.g. ``'eigen_test'``.
        prefix (str): Accept only lists of this dataset: ``'eigen'`` lists
            are KITTI raw's, ``'odometry'`` ones the odometry benchmark's.

    Raises:
        ValueError: If there is no such list.
    """
    valid = list_splits(prefix)
    if name not in valid:
        raise ValueError(f'Unknown split {name!r}. Valid splits are {", ".join(valid)}.')
    with open(os.path.join(_FOLDER, name + '.txt'), encoding='utf-8') as file:
        return [entry for line in file if line.strip() for entry in _expand(line)]


def parse_split_file(path: str) -> List[SplitEntry]:
    """A list of one's own, one ``drive frame side`` per line.

    Frames may be zero-padded; the side may be left out and is then 'l'; empty
    lines and lines starting with # do not count.

    Raises:
        ValueError: At the first line of another form, with its number.
    """
    entries = []
    for number, line in read_lines(path):
        fields = line.split()
        if not fields or fields[0].startswith('#'):
            continue
        side = fields[2] if len(fields) == 3 else 'l'
        if len(fields) not in (2, 3) or not is_frame_number(fields[1]) or side not in ('l', 'r'):
            raise ValueError(f'{path}, line {number}: got {line.strip()[:200]!r}, expected '
                             '"drive frame side", e.g. "2011_09_26/2011_09_26_drive_0001_sync '
                             '12 l".')
        if '..' in fields[0].replace('\\', '/').split('/') or fields[0].startswith(('/', '\\')):
            raise ValueError(f'{path}, line {number}: {fields[0]!r} leads out of the data root. A '
                             'drive is named from there, without "..".')
        entries.append(SplitEntry(fields[0], int(fields[1]), side))
    if not entries:
        raise ValueError(f'{path} lists no frame.')
    return entries


def is_frame_number(text: str) -> bool:
    """Whether it is a number that a file can be named by."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def format_entries(entries: List[SplitEntry]) -> str:
    """Entries, in their order, in the compact form of the built-in lists."""
    lines: List[str] = []
    group: List[SplitEntry] = []
    for entry in entries:
        if group and (entry.drive, entry.side) != (group[-1].drive, group[-1].side):
            lines.append(_format_group(group))
            group = []
        group.append(entry)
    if group:
        lines.append(_format_group(group))
    return ''.join(line + '\n' for line in lines)


def _format_group(group: List[SplitEntry]) -> str:
    ranges: List[List[int]] = []
    for entry in group:
        if ranges and entry.frame == ranges[-1][1] + 1:
            ranges[-1][1] = entry.frame
        else:
            ranges.append([entry.frame, entry.frame])
    text = ','.join(str(first) if first == last else f'{first}-{last}' for first, last in ranges)
    return f'{group[0].drive} {group[0].side} {text}'


def _expand(line: str) -> Iterator[SplitEntry]:
    drive, side, ranges = line.split()
    for item in ranges.split(','):
        first, _, last = item.partition('-')
        for frame in range(int(first), int(last or first) + 1):
            yield SplitEntry(drive, frame, side)
