"""Which frames of Cityscapes are targets: found in the folders, or listed."""

from __future__ import annotations

import os
from functools import cache
from typing import Iterator, List, NamedTuple, Sequence

from .cityscapes_files import (
    SPLITS,
    FrameName,
    SnippetCameras,
    parse_frame_list,
    parse_frame_name,
)
from .errors import DatasetNotFoundError
from .file_index import FileIndex


class Target(NamedTuple):
    """A frame, and the split that its city is in."""

    split: str
    frame: FrameName


def all_targets(files: FileIndex, data_root: str, split: str,
                offsets: Sequence[int]) -> Iterator[Target]:
    """Every frame whose temporal sources exist, as the literature's lists were made."""
    root = os.path.join(data_root, 'leftImg8bit_sequence', split)
    for city in sorted(files.names(root)):
        stems = (os.path.splitext(name)[0] for name in files.names(os.path.join(root, city)))
        frames = {frame for frame in map(parse_frame_name, stems) if frame}
        for frame in sorted(frames):
            if all(frame.moved(offset) in frames for offset in offsets):
                yield Target(split, frame)


def annotated_targets(files: FileIndex, data_root: str, split: str) -> Iterator[Target]:
    """The 20th frame of each snippet, for which there is a camera file."""
    root = os.path.join(data_root, 'camera', split)
    for city in sorted(files.names(root)):
        folder = os.path.join(root, city)
        for frame in SnippetCameras(folder, files.names(folder)).key_frames(city):
            yield Target(split, frame)


def listed_targets(files: FileIndex, data_root: str, ann_file: str) -> List[Target]:
    """The frames of a list, in its order.

    Raises:
        DatasetNotFoundError: If a city is in no split of ``data_root``.
        ValueError: See ``parse_frame_list``.
    """

    @cache
    def split_of(city: str) -> str:
        """Each city is in one split only."""
        for kind in ('camera', 'leftImg8bit_sequence', 'leftImg8bit'):
            for split in SPLITS:
                if files.exists(os.path.join(data_root, kind, split, city)):
                    return split
        raise DatasetNotFoundError(f'{ann_file} lists the city {city!r}, which is in none of '
                                   f'{", ".join(SPLITS)} of {data_root!r}.')

    return [Target(split_of(frame.city), frame) for frame in parse_frame_list(ann_file)]
