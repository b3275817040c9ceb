"""A recording of one's own: a folder of images, or a video, and the camera's K."""

from __future__ import annotations

import os
import re
from typing import Any, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from spidepth_mm.registry import DATASETS
from spidepth_mm.utils.text_files import read_lines

from .base import DepthDataset
from .camera_check import cam2img_from_fov, check_cam2img, check_camera_size, read_intrinsics
from .errors import DatasetNotFoundError, UnreadableImageError
from .frame_offsets import STEREO, FrameOffset
from .image_io import read_image
from .video_frames import VIDEO_SUFFIXES, extract_frames, frames_folder

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp', '.webp', '.tif', '.tiff')


@DATASETS.register_module()
class ImageSequenceDataset(DepthDataset):
    """Consecutive images of one camera, in the natural order of their names.

    The camera's K is needed: give exactly one of ``cam2img``,
    ``intrinsics_file`` and ``fov_deg``.

    Args:
        data_root (str): A folder of images, or a video file.
        split (str, optional): Short for ``ann_file='<split>.txt'``.
        ann_file (str): Names of the target images, one per line, with or
            without suffix. By default all images are targets.
        frame_offsets (Sequence[int], optional): Sources, counted in images.
            By default (-1, 1), and none in test mode.
        cam2img (Sequence, optional): 3x3, pixels of the images as stored.
        intrinsics_file (str, optional): The same from a ``.txt``, ``.json``
            or ``.yaml`` file, under ``data_root`` or as given.
        fov_deg (float, optional): Horizontal field of view in degrees, for a
            camera without distortion whose K is not known.
        camera_size (tuple, optional): (W, H) of the images that K is for;
            checked against each image.
        cache_dir (str, optional): Where a video's frames are extracted to,
            once; by default ``<video>.frames`` beside it.
        kwargs: See :class:`DepthDataset`.

    Raises:
        ValueError: If K is missing, or is for images of another size.
    """

    METAINFO: dict = dict(dataset_type='image_sequence', task_name='depth_estimation')
    LAYOUT = ('000000.png   (or .jpg ...; sorted by the numbers in their names)', '000001.png')

    def __init__(self,
                 data_root: str = '',
                 split: Optional[str] = None,
                 ann_file: str = '',
                 frame_offsets: Optional[Iterable[FrameOffset]] = None,
                 cam2img: Optional[Sequence[Sequence[float]]] = None,
                 intrinsics_file: Optional[str] = None,
                 fov_deg: Optional[float] = None,
                 camera_size: Optional[Tuple[int, int]] = None,
                 cache_dir: Optional[str] = None,
                 test_mode: bool = False,
                 **kwargs: Any) -> None:
        given = [cam2img is not None, intrinsics_file is not None, fov_deg is not None]
        if sum(given) != 1:
            raise ValueError(
                f'ImageSequenceDataset needs the camera: {"none" if not any(given) else "several"} '
                'of cam2img (3x3, pixels), intrinsics_file (.txt, .json, .yaml) and fov_deg '
                '(horizontal field of view) given, expected exactly one.')
        if split and ann_file:
            raise ValueError(f'Give either split or ann_file, but got split={split!r} and '
                             f'ann_file={ann_file!r}.')
        if frame_offsets is None:
            frame_offsets = () if test_mode else (-1, 1)
        frame_offsets = tuple(frame_offsets)
        if STEREO in frame_offsets:
            raise ValueError('ImageSequenceDataset is one camera: it has no stereo partner '
                             f"'s', but got frame_offsets={frame_offsets}.")
        self._given_cam2img = cam2img
        self.intrinsics_file = intrinsics_file
        self.fov_deg = fov_deg
        self.camera_size = None if camera_size is None else tuple(map(int, camera_size))
        self.cache_dir = cache_dir
        super().__init__(
            data_root=data_root,
            ann_file=f'{split}.txt' if split else ann_file,
            frame_offsets=frame_offsets,
            test_mode=test_mode,
            **kwargs)

    def check_layout(self) -> None:
        if os.path.isfile(self.data_root):
            if not self.data_root.lower().endswith(VIDEO_SUFFIXES):
                raise self.not_found('It is a file, and none of the known kinds of video '
                                     f'({", ".join(VIDEO_SUFFIXES)}).')
            return
        super().check_layout()
        if not self._image_names(self.data_root):
            raise self.not_found('No images in it '
                                 f'({", ".join(IMAGE_SUFFIXES)}).')

    def file_roots(self) -> List[str]:
        if os.path.isfile(self.data_root):
            return [frames_folder(self.data_root, self.cache_dir)]
        return super().file_roots()

    def iter_samples(self) -> Iterator[dict]:
        folder = self.data_root
        if os.path.isfile(folder):
            folder = extract_frames(folder, self.cache_dir)
        names = self._image_names(folder)
        paths = [os.path.join(folder, name) for name in names]
        cam2img, size = self._camera(paths)
        for index in self._targets(names):
            yield dict(
                img_path=paths[index],
                source_paths=[
                    paths[index + offset] if 0 <= index + offset < len(paths) else
                    f'{paths[index]} {offset:+d}' for offset in self.frame_offsets
                ],
                frame_offsets=list(self.frame_offsets),
                cam2img=cam2img,
                camera_size=size)

    def _image_names(self, folder: str) -> List[str]:
        names = self.files.names(folder)
        return sorted((name for name in names if name.lower().endswith(IMAGE_SUFFIXES)),
                      key=natural_key)

    def _targets(self, names: List[str]) -> List[int]:
        if not self.ann_file:
            return list(range(len(names)))
        index_of = {os.path.splitext(name)[0]: index for index, name in enumerate(names)}
        index_of.update({name: index for index, name in enumerate(names)})
        wanted = [line.strip() for _, line in read_lines(self.ann_file) if line.strip()]
        unknown = [name for name in wanted if name not in index_of]
        if unknown:
            raise DatasetNotFoundError(
                f'{len(unknown)} of {len(wanted)} names in {self.ann_file} are not in '
                f'{self.data_root!r}; first: {unknown[0]}.')
        return [index_of[name] for name in wanted]

    def _camera(self, paths: List[str]) -> Tuple[np.ndarray, Tuple[int, int]]:
        """K (3, 3), and the (W, H) that it is for."""
        path, shape = _first_readable(paths)
        size = (shape[1], shape[0])
        if self.fov_deg is not None:
            check_camera_size(self.camera_size, shape, path)
            return cam2img_from_fov(self.fov_deg, size), size
        cam2img = self._given_cam2img
        if self.intrinsics_file is not None:
            under_root = os.path.join(self.data_root, self.intrinsics_file)
            cam2img = read_intrinsics(
                under_root if os.path.isfile(under_root) else self.intrinsics_file)
        if self.camera_size is not None:
            check_cam2img(cam2img, self.camera_size, 'camera_size')
        check_camera_size(self.camera_size, shape, path, cam2img)
        return check_cam2img(cam2img, size, path), size


def natural_key(name: str) -> List[Tuple[int, int, str]]:
    """Sorts 'frame_10' after 'frame_9'."""
    return [(0, int(part), '') if part.isascii() and part.isdigit() else (1, 0, part)
            for part in re.split(r'([0-9]+)', name.lower()) if part] + [(-1, 0, name)]


def _first_readable(paths: List[str]) -> Tuple[str, Tuple[int, int]]:
    """The first image that is not damaged, and its (H, W)."""
    error: Optional[UnreadableImageError] = None
    for path in paths:
        try:
            return path, read_image(path).shape[:2]
        except UnreadableImageError as this:
            error = error or this
    raise error
