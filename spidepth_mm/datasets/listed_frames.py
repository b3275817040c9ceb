"""The frames that a dataset, or a dataset's config, lists: no image is looked at."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Tuple

from mmengine.config import ConfigDict

from spidepth_mm.registry import DATASETS

from .frame_offsets import FrameOffset
from .splits import SplitEntry


class ListedFrames(NamedTuple):
    """What a dataset is made of: its name for people, its targets, its sources' offsets."""

    name: str
    entries: List[SplitEntry]
    frame_offsets: Tuple[FrameOffset, ...]


def listed_frames(dataset: Any) -> Optional[ListedFrames]:
    """The list that a dataset reads its frames from.

    Args:
        dataset: A dataset, or a config of one. Wrappers such as
            ``ConcatDataset`` and ``RepeatDataset`` are looked into.

    Returns:
        ListedFrames, optional: None where the frames are not listed by drive
        and number (a recording of one's own, Make3D), or the list is not
        there.
    """
    if isinstance(dataset, (dict, ConfigDict)):
        parts = _wrapped(dataset.get('datasets'), dataset.get('dataset'))
    else:
        parts = _wrapped(getattr(dataset, 'datasets', None), getattr(dataset, 'dataset', None))
    if parts:
        found = [listed_frames(part) for part in parts]
        # A part that is not listed may hold anything, so nothing can be said of the whole.
        return None if None in found else _merge(found)
    if isinstance(dataset, (dict, ConfigDict)):
        dataset = _build_without_data(dataset)
    # Datasets of numbered drives have it.
    read_entries = getattr(dataset, 'entries', None)
    if read_entries is None:
        return None
    try:
        entries = list(read_entries())
    except (OSError, ValueError):
        return None
    if not entries or not all(isinstance(entry, SplitEntry) for entry in entries):
        return None
    return ListedFrames(_name(dataset), entries, tuple(dataset.frame_offsets))


def _build_without_data(cfg: dict) -> Any:
    """The dataset with nothing loaded; None if the config cannot be built."""
    try:
        return DATASETS.build(dict(cfg, lazy_init=True, pipeline=[]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _wrapped(datasets: Any, dataset: Any) -> list:
    if isinstance(datasets, (list, tuple)):
        return list(datasets)
    return [] if dataset is None else [dataset]


def _merge(parts: List[ListedFrames]) -> ListedFrames:
    offsets = dict.fromkeys(offset for part in parts for offset in part.frame_offsets)
    return ListedFrames(
        ' + '.join(part.name for part in parts),
        [entry for part in parts for entry in part.entries], tuple(offsets))


def _name(dataset: Any) -> str:
    sequences = ' '.join(getattr(dataset, 'sequences', None) or ())
    return f'{dataset.split or dataset.ann_file or sequences} ({type(dataset).__name__})'
