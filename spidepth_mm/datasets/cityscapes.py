"""Cityscapes: snippets of 30 stereo frames, as the official archives unpack."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from spidepth_mm.registry import DATASETS

from .base import DepthDataset
from .cityscapes_files import SPLITS, CityscapesCamera, SnippetCameras, read_camera
from .cityscapes_strips import check_strips_arguments, has_strips, strip_samples
from .cityscapes_targets import Target, all_targets, annotated_targets, listed_targets
from .errors import DatasetNotFoundError
from .frame_offsets import STEREO, FrameOffset

LAYOUTS = ('auto', 'official', 'preprocessed')
TARGETS = ('all', 'annotated')
GROUND_TRUTHS = ('disparity', 'numpy', None)
_ARCHIVES = {
    'camera': 'camera_trainvaltest.zip',
    'leftImg8bit': 'leftImg8bit_trainvaltest.zip',
    'leftImg8bit_sequence': 'leftImg8bit_sequence_trainvaltest.zip',
    'rightImg8bit': 'rightImg8bit_trainvaltest.zip',
    'rightImg8bit_sequence': 'rightImg8bit_sequence_trainvaltest.zip',
    'disparity': 'disparity_trainvaltest.zip',
}


@DATASETS.register_module()
class CityscapesDataset(DepthDataset):
    """Cityscapes as downloaded, or SfMLearner's preprocessed strips.

    A training target is every frame of ``leftImg8bit_sequence/train`` whose
    temporal sources exist in the same sequence: with the usual offsets -2
    and 2, 77,352 of the 89,250 frames. (SfMLearner's preprocessing finds the
    same frames and draws a tenth of them for validation: the literature's
    69,731 and 7,621. A list of theirs can be given as ``ann_file``.)
    Validation and test targets are the annotated frames, the 20th of each
    snippet: 500 and 1,525. ``cam2img`` is that of the snippet's camera file,
    for the whole image: put ``CropFrames(bottom=0.25)`` into the pipeline to
    remove the car. Strips lack that quarter already.

    Args:
        data_root (str): The folder that has ``leftImg8bit_sequence`` and
            ``camera``; or the one with strips, ``ulm/ulm_000002_000025.jpg``.
        split (str, optional): ``'train'``, ``'val'`` or ``'test'``.
        ann_file (str): A list of ``city city_000002_000025`` lines instead.
        frame_offsets (Sequence): Sources, in frames of the recording (17 a
            second); ``'s'`` for the right camera.
        targets (str, optional): ``'all'`` frames or the ``'annotated'`` ones.
            By default all of the training split, the annotated ones of the
            others.
        ground_truth (str, optional): ``'disparity'``: Cityscapes' own stereo
            matching, as depth; ``'numpy'``: ManyDepth's ``000_depth.npy``
            and so on, one for each line of ``ann_file``; None.
        depth_root (str, optional): The folder of those ``.npy`` files.
        layout (str): ``'official'``, ``'preprocessed'`` (strips), or
            ``'auto'``, which looks.
        kwargs: See :class:`DepthDataset`.
    """

    METAINFO: dict = dict(dataset_type='cityscapes', task_name='depth_estimation')
    CHECK_COMMAND = 'python tools/dataset_converters/cityscapes.py check'
    LAYOUT = ('camera/train/aachen/aachen_000000_000019_camera.json',
              'leftImg8bit_sequence/train/aachen/aachen_000000_000000_leftImg8bit.png   (to train)',
              'leftImg8bit/test/berlin/berlin_000000_000019_leftImg8bit.png   (to test)',
              'disparity/test/berlin/berlin_000000_000019_disparity.png   (ground truth)',
              'rightImg8bit_sequence/train/aachen/aachen_000000_000000_rightImg8bit.png   '
              "(only for 's')")

    def __init__(self,
                 data_root: str = '',
                 split: Optional[str] = None,
                 ann_file: str = '',
                 frame_offsets: Iterable[FrameOffset] = (-2, 2),
                 targets: Optional[str] = None,
                 ground_truth: Optional[str] = 'disparity',
                 depth_root: Optional[str] = None,
                 layout: str = 'auto',
                 **kwargs: Any) -> None:
        if not split and not ann_file:
            raise ValueError('CityscapesDataset needs a split or an ann_file. '
                             f'Valid splits are {", ".join(SPLITS)}.')
        for name, value, valid in (('split', split, (*SPLITS, None)),
                                   ('targets', targets, (*TARGETS, None)),
                                   ('ground_truth', ground_truth, GROUND_TRUTHS),
                                   ('layout', layout, LAYOUTS)):
            if value not in valid:
                raise ValueError(f'Unknown {name} {value!r}. '
                                 f'Valid values are {", ".join(map(repr, valid))}.')
        _check_numpy_arguments(ground_truth, depth_root, ann_file)
        self.targets = targets or ('all' if split == 'train' else 'annotated')
        self.ground_truth = ground_truth
        self.depth_root = depth_root
        self.layout = layout
        super().__init__(data_root=data_root, split=split, ann_file=ann_file,
                         frame_offsets=frame_offsets, **kwargs)

    # Samples -------------------------------------------------------------------

    def iter_samples(self) -> Iterator[dict]:
        if self._is_preprocessed():
            yield from strip_samples(self.data_root, self.split, self.ann_file,
                                     self.frame_offsets, self.files)
            return
        camera_of = lru_cache(maxsize=None)(read_camera)
        cameras: Dict[str, SnippetCameras] = {}
        for index, target in enumerate(self._targets()):
            folder = self._folder('camera', target)
            if folder not in cameras:
                cameras[folder] = SnippetCameras(folder, self.files.names(folder))
            path = cameras[folder].path(target.frame)
            if path is None:
                raise DatasetNotFoundError(
                    f'No camera file for {target.frame} in {folder!r}: unpack '
                    f'{_ARCHIVES["camera"]} into {self.data_root!r}.')
            yield self._sample(index, target, camera_of(path))

    def _sample(self, index: int, target: Target, camera: CityscapesCamera) -> dict:
        sample = dict(
            img_path=self._image(target),
            source_paths=[self._source(target, offset) for offset in self.frame_offsets],
            frame_offsets=list(self.frame_offsets),
            cam2img=camera.cam2img)
        if STEREO in self.frame_offsets:
            sample['source_from_target'] = camera.right_from_left
        if self.ground_truth == 'numpy':
            sample['depth_map_path'] = os.path.join(self.depth_root, f'{index:03d}_depth.npy')
        elif self.ground_truth == 'disparity':
            path = os.path.join(self._folder('disparity', target), f'{target.frame}_disparity.png')
            if self.files.exists(path):
                self._require_original_size(camera, target)
                sample.update(depth_map_path=path, disparity_to_depth=camera.disparity_to_depth)
        return sample

    def _source(self, target: Target, offset: FrameOffset) -> str:
        if offset == STEREO:
            return self._image(target, 'right')
        return self._image(target._replace(frame=target.frame.moved(offset)))

    def _image(self, target: Target, side: str = 'left') -> str:
        """Among the frames of the videos, or among the annotated images."""
        stem = f'{target.frame}_{side}Img8bit'
        video = self.files.image(self._folder(f'{side}Img8bit_sequence', target), stem)
        if self.files.exists(video):
            return video
        still = self.files.image(self._folder(f'{side}Img8bit', target), stem)
        # Where there is neither, name the one that the person is more likely to have.
        has_videos = bool(self.files.names(os.path.dirname(video)))
        return video if has_videos and not self.files.exists(still) else still

    def _folder(self, kind: str, target: Target) -> str:
        return os.path.join(self.data_root, kind, target.split, target.frame.city)

    def _require_original_size(self, camera: CityscapesCamera, target: Target) -> None:
        if camera.resized:
            raise ValueError(
                f'The camera file of {target.frame} in {self.data_root!r} is of resized images, '
                'but disparities are for the original size. Test on the original images, or set '
                'ground_truth=None.')

    # Targets -------------------------------------------------------------------

    def _targets(self) -> List[Target]:
        if self.ann_file:
            targets = listed_targets(self.files, self.data_root, self.ann_file)
            if self.ground_truth == 'numpy':
                self._check_numpy_files(len(targets))
            return targets
        if self.targets == 'all':
            return list(all_targets(self.files, self.data_root, self.split,
                                    self._temporal_offsets()))
        return list(annotated_targets(self.files, self.data_root, self.split))

    def _check_numpy_files(self, num_targets: int) -> None:
        found = sum(name.endswith('_depth.npy') for name in self.files.names(self.depth_root))
        if found != num_targets:
            raise ValueError(
                f'{self.depth_root!r} has {found} files 000_depth.npy and so on, but '
                f'{self.ann_file!r} lists {num_targets} images. They are matched by their '
                'order: give the list that the files were made from.')

    def _temporal_offsets(self) -> List[int]:
        return [offset for offset in self.frame_offsets if offset != STEREO]

    # Layout --------------------------------------------------------------------

    def check_layout(self) -> None:
        super().check_layout()
        if self._is_preprocessed():
            check_strips_arguments(self.split, self.frame_offsets)
            return
        if not set(_ARCHIVES).intersection(os.listdir(self.data_root)):
            raise self.not_found(self._level_hint())
        for kinds in self._required_kinds():
            folders = [os.path.join(self.data_root, kind, self.split or '') for kind in kinds]
            if not any(map(os.path.isdir, folders)):
                raise self.not_found(f'There is no {folders[0]!r}: unpack {_ARCHIVES[kinds[0]]} '
                                     f'into {self.data_root!r}.')

    def _required_kinds(self) -> Iterator[Tuple[str, ...]]:
        """Folders that the arguments ask for; one of each group."""
        yield ('camera', )
        if self.targets == 'all' or self._temporal_offsets():
            yield ('leftImg8bit_sequence', )
        else:
            yield ('leftImg8bit', 'leftImg8bit_sequence')
        if STEREO in self.frame_offsets:
            yield ('rightImg8bit_sequence', 'rightImg8bit')
        if self.test_mode and self.ground_truth == 'disparity':
            yield ('disparity', )

    def _is_preprocessed(self) -> bool:
        if self.layout != 'auto':
            return self.layout == 'preprocessed'
        official = set(_ARCHIVES).intersection(os.listdir(self.data_root))
        return not official and has_strips(self.data_root)

    def _level_hint(self) -> str:
        """Says which folder to give, where the right one is a level away."""
        folder = os.path.abspath(self.data_root)
        candidates = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
        for _ in range(3):
            folder = os.path.dirname(folder)
            candidates.append(folder)
        for candidate in candidates:
            found = [kind for kind in _ARCHIVES if os.path.isdir(os.path.join(candidate, kind))]
            if found:
                return f'{" and ".join(found)} lie in {candidate!r}: set data_root to that.'
        return f'It has none of {", ".join(_ARCHIVES)}.'


def _check_numpy_arguments(ground_truth: Optional[str], depth_root: Optional[str],
                           ann_file: str) -> None:
    if (ground_truth == 'numpy') != bool(depth_root):
        raise ValueError("ground_truth='numpy' and depth_root go together, but got "
                         f'ground_truth={ground_truth!r} and depth_root={depth_root!r}.')
    if ground_truth == 'numpy' and not ann_file:
        raise ValueError("The files of ground_truth='numpy' are numbered in the order of a list: "
                         'give that list as ann_file.')
