"""Cityscapes as SfMLearner's preprocessing leaves it: three frames in one JPEG."""

from __future__ import annotations

import os
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from PIL import Image

from .cityscapes_files import FrameName, parse_frame_list, parse_frame_name
from .errors import DatasetNotFoundError
from .file_index import FileIndex
from .frame_offsets import FrameOffset
from .strips import FRAMES_PER_STRIP, read_strip_intrinsics

#: What SfMLearner puts to the left, in the middle and to the right.
SLOT_OF_OFFSET = {-2: 0, 0: 1, 2: 2}
_FULL_WIDTH, _CROPPED_HEIGHT = 2048, 768


def has_strips(data_root: str) -> bool:
    """Whether a folder in ``data_root`` has a ``*_cam.txt``."""
    for name in sorted(os.listdir(data_root)):
        folder = os.path.join(data_root, name)
        if os.path.isdir(folder) and any(file.endswith('_cam.txt') for file in os.listdir(folder)):
            return True
    return False


def check_strips_arguments(split: Optional[str], frame_offsets: Sequence[FrameOffset]) -> None:
    """Raises ValueError for what strips do not have."""
    unknown = [offset for offset in frame_offsets if offset not in SLOT_OF_OFFSET]
    if unknown:
        raise ValueError(f'Preprocessed strips hold the frames -2, 0 and 2, but frame_offsets has '
                         f'{unknown}. Use the official layout for others.')
    if split == 'test':
        raise ValueError('Preprocessed strips are for training: there is no ground truth with '
                         "them. Test on the official layout (split='test').")


def strip_samples(data_root: str, split: Optional[str], ann_file: str,
                  frame_offsets: Sequence[FrameOffset], files: FileIndex) -> Iterator[dict]:
    """A data_info for each strip of a list, ``<data_root>/<split>.txt`` if none is given."""
    slots = (SLOT_OF_OFFSET[0], *(SLOT_OF_OFFSET[offset] for offset in frame_offsets))
    size: Optional[Tuple[int, int]] = None
    intrinsics: Dict[Tuple[str, str], np.ndarray] = {}
    for frame in _frames(data_root, split, ann_file, files):
        folder = os.path.join(data_root, frame.city)
        path = files.image(folder, str(frame))
        if not files.exists(path):
            yield _sample(path, slots, frame_offsets, None, size)
            continue
        size = size or _frame_size(path)
        # One reading a sequence: the preprocessing takes one camera file for all of it.
        key = (frame.city, frame.sequence)
        if key not in intrinsics:
            stored = read_strip_intrinsics(os.path.join(folder, f'{frame}_cam.txt'))
            intrinsics[key] = _with_pixel_centres_on_integers(stored, size)
        yield _sample(path, slots, frame_offsets, intrinsics[key], size)


def _sample(path: str, slots: Sequence[int], frame_offsets: Sequence[FrameOffset],
            cam2img: Optional[np.ndarray], size: Optional[Tuple[int, int]]) -> dict:
    return dict(img_path=path, source_paths=[path] * len(frame_offsets),
                frame_offsets=list(frame_offsets), strip_slots=list(slots), cam2img=cam2img,
                camera_size=size)


def _frames(data_root: str, split: Optional[str], ann_file: str,
            files: FileIndex) -> List[FrameName]:
    listed = ann_file or os.path.join(data_root, f'{split}.txt')
    if os.path.isfile(listed):
        return parse_frame_list(listed)
    if split != 'train':
        raise DatasetNotFoundError(f'{data_root!r} has no {split}.txt, the list that the '
                                   'preprocessing writes. Give a list as ann_file.')
    stems = (os.path.splitext(name)[0] for city in sorted(files.names(data_root))
             for name in sorted(files.names(os.path.join(data_root, city)))
             if not name.endswith('.txt'))
    return [frame for frame in map(parse_frame_name, stems) if frame]


def _frame_size(path: str) -> Tuple[int, int]:
    """(W, H) of one frame of a strip; strips of one preprocessing are of one size."""
    with Image.open(path) as image:
        return image.width // FRAMES_PER_STRIP, image.height


def _with_pixel_centres_on_integers(cam2img: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """Moves the principal point to this project's convention, as after its own resize.

    Stored is s * cx; under a resize by s it should be s * (cx + 0.5) - 0.5.
    """
    moved = cam2img.copy()
    moved[0, 2] += 0.5 * size[0] / _FULL_WIDTH - 0.5
    moved[1, 2] += 0.5 * size[1] / _CROPPED_HEIGHT - 0.5
    return moved
