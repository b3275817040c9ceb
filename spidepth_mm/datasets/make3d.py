"""Make3D: single pictures with a coarse laser grid, a test of generalisation."""

from __future__ import annotations

import os
from typing import Any, Iterable, Iterator, List, Optional

from spidepth_mm.registry import DATASETS
from spidepth_mm.utils.text_files import read_lines

from .base import DepthDataset
from .file_index import IMAGE_SUFFIXES
from .frame_offsets import FrameOffset

_IMAGE, _DEPTH = 'img-', 'depth_sph_corr-'
_FOLDERS = ('Test134', 'Gridlaserdata')


@DATASETS.register_module()
class Make3DDataset(DepthDataset):
    """Make3D's test set, as its archives unpack. Nothing is trained on it.

    The pictures are upright, 1704 pixels wide and 2272 high; the ground truth
    has 55 rows of 305 laser ranges over the same view. The protocol
    ``make3d_c1`` scores rows 17 to 37, for which the pipeline crops the
    picture to the rows in its middle that are half as high as it is wide,
    710 to 1561: ``CropFrames(top=0.3125, bottom=0.3125)``. Intrinsics are
    not known; there is no ``cam2img``.

    Args:
        data_root (str): The folder that has ``Test134`` and
            ``Gridlaserdata``.
        split (str, optional): ``'test'``, all pictures; the default.
        ann_file (str): A list of picture names, ``img-...`` or the part
            after it, with or without ``.jpg``, instead.
        frame_offsets (Sequence): There are no sources; only ``()`` or (0,).
        ground_truth (bool): Whether to give the laser grid.
        kwargs: See :class:`DepthDataset`.
    """

    METAINFO: dict = dict(dataset_type='make3d', task_name='depth_estimation')
    CHECK_COMMAND = 'python tools/dataset_converters/make3d.py'
    LAYOUT = ('Test134/img-10.21op2-p-046t000.jpg',
              'Gridlaserdata/depth_sph_corr-10.21op2-p-046t000.mat')

    def __init__(self,
                 data_root: str = '',
                 split: Optional[str] = None,
                 ann_file: str = '',
                 frame_offsets: Iterable[FrameOffset] = (),
                 ground_truth: bool = True,
                 **kwargs: Any) -> None:
        if not ann_file:
            split = split or 'test'
        if split not in ('test', None):
            raise ValueError(f'Unknown split {split!r}. Valid splits are test.')
        self.ground_truth = ground_truth
        super().__init__(data_root=data_root, split=split, ann_file=ann_file,
                         frame_offsets=frame_offsets, **kwargs)
        if self.frame_offsets:
            raise ValueError('Make3D has single pictures: frame_offsets must be (), but got '
                             f'{self.frame_offsets}.')

    def iter_samples(self) -> Iterator[dict]:
        pictures, depths = (os.path.join(self.data_root, name) for name in _FOLDERS)
        for name in self._names():
            sample = dict(img_path=self.files.image(pictures, _IMAGE + name), source_paths=[],
                          frame_offsets=[])
            path = os.path.join(depths, f'{_DEPTH}{name}.mat')
            if self.ground_truth and self.files.exists(path):
                sample['depth_map_path'] = path
            yield sample

    def _names(self) -> List[str]:
        if not self.ann_file:
            folder = os.path.join(self.data_root, _FOLDERS[0])
            names = [name for name in self.files.names(folder)
                     if name.startswith(_IMAGE) and name.lower().endswith(IMAGE_SUFFIXES)]
        else:
            names = [line.strip() for _, line in read_lines(self.ann_file) if line.strip()]
        # Names have dots of their own, so only known suffixes go.
        stems = [os.path.splitext(name)[0] if name.lower().endswith(IMAGE_SUFFIXES) else name
                 for name in names]
        stems = [stem[len(_IMAGE):] if stem.startswith(_IMAGE) else stem for stem in stems]
        return stems if self.ann_file else sorted(stems)

    def check_layout(self) -> None:
        super().check_layout()
        needed = _FOLDERS if self.ground_truth else _FOLDERS[:1]
        missing = [name for name in needed
                   if not os.path.isdir(os.path.join(self.data_root, name))]
        if missing:
            raise self.not_found(self._level_hint(missing))

    def _level_hint(self, missing: List[str]) -> str:
        root = os.path.abspath(self.data_root)
        inside = [os.path.join(root, name) for name in sorted(os.listdir(root))]
        for folder in (os.path.dirname(root), *inside):
            if all(os.path.isdir(os.path.join(folder, name)) for name in missing):
                return f'{" and ".join(missing)} lie in {folder!r}: set data_root to that.'
        return f'It lacks {" and ".join(missing)}.'
