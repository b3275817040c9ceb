"""What is there of Cityscapes, and a cropped and resized copy of its videos."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from spidepth_mm.utils.atomic_write import write_atomically

from ..cityscapes import CityscapesDataset
from ..cityscapes_files import SPLITS, FrameName, SnippetCameras, parse_frame_name, read_camera
from ..errors import DatasetNotFoundError, UnreadableImageError
from ..file_index import FileIndex
from ..transforms.geometric import resize_cam2img
from .image_cache import ImageJob, check_copy, convert_image, image_size, note_settings
from .jobs import Outcome, run_jobs

#: Of the official archives: annotated frames, and frames of 30 around each.
EXPECTED = {'train': 2975, 'val': 500, 'test': 1525}
_SNIPPET = 30


class SplitReport(NamedTuple):
    """Counts of one split, and the annotated frames that lack something."""

    split: str
    cameras: int
    stills: int
    frames: int
    triplets: int
    disparities: int
    lacking: Dict[str, List[str]]

    @property
    def is_testable(self) -> bool:
        """Whether each camera file has its image and its disparity."""
        return self.cameras > 0 and not self.lacking['image'] and not self.lacking['disparity']

    def lines(self) -> List[str]:
        expected = EXPECTED[self.split]
        lines = [f'{self.split}: {self.cameras} of {expected} camera files, '
                 f'{self.stills} annotated images, {self.disparities} disparity maps, '
                 f'{self.frames} of {expected * _SNIPPET} video frames, '
                 f'{self.triplets} triplets (-2, 0, 2)']
        for what, names in self.lacking.items():
            if names:
                lines.append(f'  {len(names)} lack their {what}: {", ".join(names[:5])}'
                             + (', ...' if len(names) > 5 else ''))
        if self.split == 'test' and self.cameras != expected:
            lines.append(f'  results on {self.cameras} of {expected} images are not comparable '
                         'with published ones')
        return lines


def check_cityscapes(data_root: str, split: str) -> SplitReport:
    """Counts one split's files.

    Raises:
        DatasetNotFoundError: If there is nothing of Cityscapes.
    """
    if split not in SPLITS:
        raise ValueError(f'Unknown split {split!r}. Valid splits are {", ".join(SPLITS)}.')
    files = FileIndex()
    kinds = ('camera', 'leftImg8bit', 'leftImg8bit_sequence', 'disparity')
    if not any(files.names(os.path.join(data_root, kind)) for kind in kinds):
        _check_level(data_root, split)
        raise DatasetNotFoundError(f'{data_root!r} has none of {", ".join(kinds)}: unpack the '
                                   'archives of Cityscapes into it.')
    found = {kind: _frames(files, os.path.join(data_root, kind, split)) for kind in kinds}
    keys, videos = found['camera'], found['leftImg8bit_sequence']
    return SplitReport(
        split, len(keys), len(found['leftImg8bit']), len(videos),
        sum(frame.moved(-2) in videos and frame.moved(2) in videos for frame in videos),
        len(found['disparity']),
        dict(image=sorted(str(key) for key in keys - found['leftImg8bit'] - videos),
             disparity=sorted(str(key) for key in keys - found['disparity'])))


def _check_level(data_root: str, split: str) -> None:
    """Says which folder to give, where the right one is a level away."""
    CityscapesDataset(data_root, split=split, lazy_init=True).check_layout()


def _frames(files: FileIndex, folder: str) -> Set[FrameName]:
    names = (os.path.splitext(name)[0] for city in files.names(folder)
             for name in files.names(os.path.join(folder, city)))
    return {frame for frame in map(parse_frame_name, names) if frame}


# The copy -----------------------------------------------------------------------


def convert_cityscapes_videos(data_root: str, out: str, splits: Sequence[str] = ('train', ),
                              scale: Optional[Tuple[int, int]] = None, crop_bottom: float = 0.25,
                              image_format: str = 'jpg', quality: int = 92, right: bool = False,
                              workers: int = 0, progress: bool = True) -> List[Outcome]:
    """Writes the video frames cropped and resized, with camera files that fit.

    Train on the copy without ``CropFrames``; test on the original.

    Args:
        data_root (str): The folder that has ``leftImg8bit_sequence``.
        out (str): Folder of the copy, new or one to complete.
        splits (Sequence[str]): Which splits.
        scale (tuple, optional): (W, H) to resize to, after the crop.
        crop_bottom (float): Share of the rows to remove.
        image_format (str): ``'jpg'`` or ``'png'``.
        quality (int): Of a JPEG, 1 to 100.
        right (bool): The right camera too.
        workers (int): Number of processes.
        progress (bool): Whether to draw a bar.

    Raises:
        ValueError: For unknown values, or if ``out`` was made with others.
        OSError: If the disk is full; finished files are kept, and no half one.
    """
    check_copy(data_root, out, image_format, quality, scale)
    if not 0 <= crop_bottom < 1:
        raise ValueError(f'crop_bottom must lie in [0, 1), but got {crop_bottom}.')
    files = FileIndex()
    jobs = []
    for split in splits:
        for side in ('left', 'right')[:1 + right]:
            kind = f'{side}Img8bit_sequence'
            folder = os.path.join(data_root, kind, split)
            if not files.names(folder):
                _check_level(data_root, split)
                raise DatasetNotFoundError(f'There is no {folder!r}: unpack '
                                           f'{kind}_trainvaltest.zip into {data_root!r}.')
            jobs += _image_jobs(files, folder, os.path.join(out, kind, split), image_format)
    size = _common_size(jobs)
    rows = size[1] - round(crop_bottom * size[1])
    note_settings(out, dict(format=image_format, quality=quality if image_format == 'jpg' else None,
                            scale=scale, crop_bottom=crop_bottom))
    for split in splits:
        _convert_cameras(files, data_root, out, split, (size[0], rows), scale)
    jobs = [job._replace(size=size, keep_rows=rows, scale=scale, quality=quality) for job in jobs]
    return run_jobs(convert_image, jobs, workers, progress)


def _image_jobs(files: FileIndex, folder: str, target: str, image_format: str) -> List[ImageJob]:
    jobs = []
    for city in sorted(files.names(folder)):
        for name in sorted(files.names(os.path.join(folder, city))):
            stem = os.path.splitext(name)[0]
            if parse_frame_name(stem):
                jobs.append(ImageJob(
                    os.path.join(folder, city, name),
                    os.path.join(target, city, f'{stem}.{image_format}'), None, None, None, 0))
    return jobs


def _common_size(jobs: Sequence[ImageJob]) -> Tuple[int, int]:
    for job in jobs:
        try:
            return image_size(job.source)
        except UnreadableImageError:
            continue  # is reported when it is its turn
    raise DatasetNotFoundError('No readable video frame.')


def _convert_cameras(files: FileIndex, data_root: str, out: str, split: str,
                     cropped: Tuple[int, int], scale: Optional[Tuple[int, int]]) -> None:
    scale = scale or cropped
    folder = os.path.join(data_root, 'camera', split)
    if not files.names(folder):
        raise DatasetNotFoundError(f'There is no {folder!r}: unpack camera_trainvaltest.zip into '
                                   f'{data_root!r}.')
    for city in sorted(files.names(folder)):
        target = os.path.join(out, 'camera', split, city)
        os.makedirs(target, exist_ok=True)
        source = os.path.join(folder, city)
        for frame in SnippetCameras(source, files.names(source)).key_frames(city):
            name = f'{frame}_camera.json'
            content = _resize_camera(os.path.join(source, name), cropped, scale)
            write_atomically(os.path.join(target, name), json.dumps(content, indent=4).encode())


def _resize_camera(path: str, cropped: Tuple[int, int], scale: Tuple[int, int]) -> Dict[str, Any]:
    """A camera file's content for images of which the bottom was cropped, then resized."""
    camera = read_camera(path)
    with open(path, encoding='utf-8') as file:
        content = json.load(file)
    cam2img = resize_cam2img(camera.cam2img, scale[0] / cropped[0], scale[1] / cropped[1])
    content['intrinsic'] = dict(fx=cam2img[0, 0], fy=cam2img[1, 1], u0=cam2img[0, 2],
                                v0=cam2img[1, 2])
    # Disparities are for the original size: this tells the dataset.
    content['resized'] = dict(width=scale[0], height=scale[1])
    return content
