"""What all depth datasets share: checks, missing neighbours, unreadable files."""

from __future__ import annotations

import logging
import os
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from spidepth_mm.registry import TRANSFORMS

from .bad_files import BadFileLedger
from .data_root import DataRootGuard
from .errors import DatasetNotFoundError, MissingFramesError, UnreadableImageError
from .file_index import FileIndex
from .frame_offsets import FrameOffset, normalize_frame_offsets

_MISSING_MODES = (None, 'drop', 'error')
_NO_DATA_HINT = '`make demo` trains on a generated world.'


class DepthDataset(BaseDataset):
    """Base of all datasets: a target image, its sources and their geometry.

    A sample's ``data_info`` has ``img_path``, ``source_paths``,
    ``frame_offsets`` (the sources' only), ``cam2img`` (3, 3) float64 in
    pixels of the stored image, ``source_from_target`` (4, 4) float64 in
    metres where ``'s'`` is among the sources, and ``depth_map_path`` where
    there is ground truth. Subclasses implement :meth:`iter_samples`.

    Args:
        data_root (str): The dataset's folder.
        split (str, optional): Name of a built-in list of samples.
        ann_file (str): A list of the user's own instead, absolute, relative
            to ``data_root``, or relative to the working directory.
        frame_offsets (Sequence): Sources: integers and ``'s'`` for the
            stereo partner. A 0 is the target itself and is dropped.
        pipeline (Sequence): Transforms. Names are looked up in this package
            first, whatever the default scope is.
        require_depth (bool): Keep only samples with ground truth.
        missing (str, optional): What to do with samples whose images are not
            on the disk. ``'drop'``: leave them out, with one counted
            warning. ``'error'``: stop. By default samples are dropped, but a
            missing target in test mode stops, because a result on fewer
            images than the split has is another result.
        max_bad_fraction (float): In training, a sample with an unreadable
            file is replaced by another one; training stops when more than
            this share of the dataset's files are unreadable.
        links_outside (str): Which links in ``data_root`` (which may be a
            link itself) may lead out of it: ``'none'``; ``'folders'``, for
            data spread over disks; or ``'all'``, also those of single files.
        test_mode (bool): Unreadable files raise at once.
        kwargs: See ``mmengine.dataset.BaseDataset``.

    Raises:
        DatasetNotFoundError: If the folder is absent or of another layout.
        MissingFramesError: If no sample is left, or as ``missing`` says.
        OutsideDataRootError: If a list or a link leads out of ``data_root``.
    """

    METAINFO: dict = dict(dataset_type='depth', task_name='depth_estimation')
    #: Lines under ``data_root`` that a person should find there.
    LAYOUT: Sequence[str] = ()
    #: The command that lists what is missing of the data set.
    CHECK_COMMAND = ''

    def __init__(self,
                 data_root: str = '',
                 split: Optional[str] = None,
                 ann_file: str = '',
                 frame_offsets: Iterable[FrameOffset] = (-1, 1),
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 require_depth: bool = False,
                 missing: Optional[str] = None,
                 max_bad_fraction: float = 0.01,
                 links_outside: str = 'none',
                 test_mode: bool = False,
                 **kwargs: Any) -> None:
        if missing not in _MISSING_MODES:
            raise ValueError(f'Unknown missing={missing!r}. '
                             f'Valid values are {", ".join(map(repr, _MISSING_MODES))}.')
        if split and ann_file:
            raise ValueError(f'Give either split or ann_file, but got split={split!r} and '
                             f'ann_file={ann_file!r}.')
        self.split = split
        self.frame_offsets = normalize_frame_offsets(frame_offsets)
        self.require_depth = require_depth
        self.missing = missing
        self.max_bad_fraction = max_bad_fraction
        self.links_outside = links_outside
        self.files = FileIndex()
        self._bad_files: Optional[BadFileLedger] = None
        super().__init__(
            ann_file=_find_ann_file(data_root, ann_file),
            data_root=data_root,
            pipeline=[_build_transform(transform) for transform in pipeline],
            test_mode=test_mode,
            **kwargs)

    # What a subclass provides ------------------------------------------------

    def iter_samples(self) -> Iterator[dict]:
        """Yields data_infos, also of samples whose files are not there.

        A frame that does not exist stands as its expected path, so that
        messages can name it; :attr:`files` tells which ones exist.
        """
        raise NotImplementedError

    def check_layout(self) -> None:
        """Raises :meth:`not_found` if ``data_root`` is not as expected."""
        if not os.path.isdir(self.data_root):
            raise self.not_found()

    def file_roots(self) -> List[str]:
        """The folders (or files) that a person named for this dataset's files."""
        depth_root = getattr(self, 'depth_root', None)
        return [self.data_root, *([depth_root] if depth_root else [])]

    # Loading -----------------------------------------------------------------

    def not_found(self, hint: str = '') -> DatasetNotFoundError:
        """The error for an absent or unexpected folder, for people to read."""
        exists = os.path.isdir(self.data_root)
        lines = [f'{type(self).__name__}: ' + (
            f'the folder {self.data_root!r} is not laid out as expected.' if exists else
            f'no such folder: {self.data_root!r} (looked for {os.path.abspath(self.data_root)}).')]
        if hint:
            lines.append(hint)
        lines.append('Expected layout:')
        lines += [f'  {os.path.join(self.data_root, line)}' for line in self.LAYOUT]
        lines.append('Set data_root to your copy of the data, or start without any: '
                     + _NO_DATA_HINT)
        return DatasetNotFoundError('\n'.join(lines))

    def load_data_list(self) -> List[dict]:
        """Collects the samples and leaves out those that cannot be used."""
        self.check_layout()
        self.files = FileIndex()
        samples = list(self.iter_samples())
        kept = self._without_missing_frames(samples)
        kept = self._with_depth(kept)
        if not kept:
            first = f'; first image looked for: {samples[0]["img_path"]}' if samples else ''
            raise MissingFramesError(
                f'{self._name()} has no usable sample of {len(samples)} in {self.data_root!r}'
                f'{first}. Check data_root, the split, frame_offsets and require_depth.')
        guard = DataRootGuard(self.file_roots(), self.links_outside)
        for sample in kept:
            for path in _files(sample):
                guard.check(path.replace('.npz#', '.npz/#').partition('/#')[0])
        # The listing is only needed here; dropping it keeps workers small.
        self.files = FileIndex()
        return kept

    def full_init(self) -> None:
        if self._fully_initialized:
            return
        self._bad_files = None
        super().full_init()
        if not self.test_mode:
            self._bad_files = BadFileLedger(
                (path for idx in range(len(self)) for path in _files(self.get_data_info(idx))),
                self.max_bad_fraction)

    def _without_missing_frames(self, samples: List[dict]) -> List[dict]:
        kept, first = [], None
        num_targets = num_neighbours = 0
        for sample in samples:
            absent = self._first_absent(sample)
            if absent is None:
                kept.append(sample)
                continue
            first = first or absent
            num_targets += absent == sample['img_path']
            num_neighbours += absent != sample['img_path']
        if first is None:
            return kept
        lacking = f'{num_targets} the target'
        if self.frame_offsets:
            lacking += f', {num_neighbours} a source of {list(self.frame_offsets)}'
        message = (f'{self._name()}: {len(samples) - len(kept)} of {len(samples)} samples lack '
                   f'a frame ({lacking}); first missing: {first}')
        if self.missing == 'error' or (self.missing is None and self.test_mode and num_targets):
            raise MissingFramesError(f"{message}.{self._how_to_list()} Pass missing='drop' to go "
                                     'on without them.')
        if kept:
            print_log(f'{message}. They are left out.', logger='current', level=logging.WARNING)
        return kept

    def _first_absent(self, sample: dict) -> Optional[str]:
        for path in (sample['img_path'], *sample['source_paths']):
            if not self.files.exists(path):
                return path
        return None

    def _with_depth(self, samples: List[dict]) -> List[dict]:
        with_depth = [sample for sample in samples if sample.get('depth_map_path')]
        asked = getattr(self, 'ground_truth', None)
        if self.test_mode and asked and samples and not with_depth:
            # Else a whole test would be run before somebody hears of it.
            raise MissingFramesError(
                f'{self._name()}: none of {len(samples)} images has ground truth (ground_truth='
                f'{asked!r}) on the disk.{self._how_to_list()} Set ground_truth=None to go on '
                'without.')
        if not (self.require_depth or (self.test_mode and with_depth)):
            return samples
        if len(with_depth) < len(samples):
            verdict = 'the others are left out' if self.require_depth else 'all are kept'
            print_log(f'{self._name()}: {len(with_depth)} of {len(samples)} samples have ground '
                      f'truth; {verdict}.', logger='current', level=logging.WARNING)
        return with_depth if self.require_depth else samples

    def _how_to_list(self) -> str:
        return f' `{self.CHECK_COMMAND}` lists what is missing.' if self.CHECK_COMMAND else ''

    def _name(self) -> str:
        which = self.split or self.ann_file
        return f'{type(self).__name__} ({which})' if which else type(self).__name__

    # Serving -----------------------------------------------------------------

    def prepare_data(self, idx: int) -> Optional[dict]:
        """A sample after the pipeline; None (so: another one) if unreadable.

        In test mode :class:`UnreadableImageError` passes through.
        """
        try:
            return super().prepare_data(idx)
        except UnreadableImageError as error:
            if self._bad_files is None:
                raise
            self._bad_files.report(error)
            return None


def _files(data_info: Dict[str, Any]) -> Tuple[str, ...]:
    depth = data_info.get('depth_map_path')
    return (data_info['img_path'], *data_info['source_paths'], *([depth] if depth else []))


def _build_transform(transform: Union[dict, Callable]) -> Callable:
    if not isinstance(transform, dict):
        return transform
    return TRANSFORMS.build(dict(transform, _scope_=transform.get('_scope_', TRANSFORMS.scope)))


def _find_ann_file(data_root: str, ann_file: str) -> str:
    """The list's path: under the data if it is there, else as given.

    Returned absolute, because mmengine would join it to ``data_root``.
    """
    if not ann_file:
        return ''
    candidates = [os.path.abspath(os.path.join(data_root, ann_file)), os.path.abspath(ann_file)]
    for path in candidates:
        if os.path.isfile(path):
            return path
    if not os.path.exists(data_root):
        return candidates[0]  # the absent data is what a person has to hear of first
    raise DatasetNotFoundError(f'No such ann_file: looked for {" and ".join(candidates)}.')
