"""Names and camera files of Cityscapes."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from typing import Dict, List, NamedTuple, Optional

import numpy as np

from spidepth_mm.utils.text_files import read_json, read_lines

SPLITS = ('train', 'val', 'test')
#: Frames of a snippet before and after its annotated one, the 20th of 30.
BEFORE_KEY, AFTER_KEY = 19, 10
_NAME = re.compile(r'^([^_/\\]+)_([0-9]{6})_([0-9]{6})(?:_[A-Za-z0-9_]+)?$')


class FrameName(NamedTuple):
    """``city_sequence_frame``; the sequence stays text, the frame counts from 0."""

    city: str
    sequence: str
    frame: int

    def __str__(self) -> str:
        return f'{self.city}_{self.sequence}_{self.frame:06d}'

    def moved(self, offset: int) -> FrameName:
        """The frame ``offset`` after this one in the same sequence."""
        return self._replace(frame=self.frame + offset)


def parse_frame_name(stem: str) -> Optional[FrameName]:
    """'ulm_000002_000025_leftImg8bit' or without the last part; None for another name."""
    match = _NAME.match(stem)
    return FrameName(match[1], match[2], int(match[3])) if match else None


class CityscapesCamera(NamedTuple):
    """Of the left camera of a rectified pair, both with the same intrinsics.

    Attributes:
        cam2img: (3, 3) float64, pixels.
        baseline: Metres; the right camera lies this far to the right.
        resized: Whether it is of a cropped or resized copy of the images.
    """

    cam2img: np.ndarray
    baseline: float
    resized: bool

    @property
    def right_from_left(self) -> np.ndarray:
        """(4, 4) metres."""
        transform = np.eye(4)
        transform[0, 3] = -self.baseline
        return transform

    @property
    def disparity_to_depth(self) -> float:
        """Baseline times focal length, metres times pixels."""
        return float(self.baseline * self.cam2img[0, 0])


def read_camera(path: str) -> CityscapesCamera:
    """Reads a ``*_camera.json``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a number that is needed is missing, naming it.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'No camera file {path}.')
    content = read_json(path)

    def number(group: str, key: str) -> float:
        fields = content.get(group) if isinstance(content, dict) else None
        value = fields.get(key) if isinstance(fields, dict) else None
        # An integer of hundreds of digits, which JSON allows, is no float.
        if not isinstance(value, (int, float)) or not abs(value) < 1e12:
            raise ValueError(f'{path}: camera without {group}.{key}.')
        return float(value)

    cam2img = np.array([[number('intrinsic', 'fx'), 0, number('intrinsic', 'u0')],
                        [0, number('intrinsic', 'fy'), number('intrinsic', 'v0')], [0, 0, 1.0]])
    return CityscapesCamera(cam2img, number('extrinsic', 'baseline'), 'resized' in content)


class SnippetCameras:
    """Finds the camera file of any frame: there is one a snippet of 30, for its 20th frame.

    Args:
        folder (str): ``camera/<split>/<city>``.
        names (Iterable[str]): File names in it.
    """

    def __init__(self, folder: str, names) -> None:
        self.folder = folder
        self._keys: Dict[str, List[int]] = {}
        for name in names:
            if name.endswith('_camera.json'):
                frame = parse_frame_name(name[:-len('.json')])
                if frame:
                    self._keys.setdefault(frame.sequence, []).append(frame.frame)
        for keys in self._keys.values():
            keys.sort()

    def key_frames(self, city: str) -> List[FrameName]:
        """All frames that have a camera file of their own, in order."""
        return [FrameName(city, sequence, key) for sequence in sorted(self._keys)
                for key in self._keys[sequence]]

    def path(self, frame: FrameName) -> Optional[str]:
        """The file of the snippet that has ``frame``; else the nearest one of its sequence."""
        keys = self._keys.get(frame.sequence)
        if not keys:
            return None
        # A snippet reaches from key - 19 to key + 10.
        index = bisect_left(keys, frame.frame - AFTER_KEY)
        if index < len(keys) and keys[index] - BEFORE_KEY <= frame.frame:
            key = keys[index]
        else:
            key = min(keys[max(index - 1, 0):index + 1], key=lambda key: abs(key - frame.frame))
        return os.path.join(self.folder, f'{frame._replace(frame=key)}_camera.json')


def parse_frame_list(path: str) -> List[FrameName]:
    """A list of ``city name`` or ``name`` lines; empty ones and those with # do not count.

    Raises:
        ValueError: At the first line of another form, with its number.
    """
    frames = []
    for number, line in read_lines(path):
        fields = line.split()
        if not fields or fields[0].startswith('#'):
            continue
        frame = parse_frame_name(fields[-1])
        if frame is None or len(fields) > 2 or fields[0] not in (fields[-1], frame.city):
            raise ValueError(f'{path}, line {number}: got {line.strip()[:200]!r}, expected '
                             '"city city_sequence_frame", e.g. "ulm ulm_000002_000025".')
        frames.append(frame)
    if not frames:
        raise ValueError(f'{path} lists no frame.')
    return frames
