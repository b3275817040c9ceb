"""The rendered street that needs no download, read by KITTI's own code."""

from __future__ import annotations

import os
from typing import Any, Iterable, Iterator, List, Optional

from spidepth_mm.registry import DATASETS

from .frame_offsets import FrameOffset
from .kitti import KITTIDataset
from .kitti_paths import MOVING_MASKS
from .splits import SplitEntry, parse_split_file


@DATASETS.register_module()
class SyntheticWorldDataset(KITTIDataset):
    """A synthetic driving world, rendered on first use, in KITTI raw's layout.

    Args:
        data_root (str): Where the world lies, or is rendered to.
        split (str): ``<data_root>/splits/<split>.txt``.
        frame_offsets (Sequence): See :class:`DepthDataset`.
        ground_truth (str, optional): ``'annotated'``: the exact depth;
            ``'velodyne'``: scans sampled from it; None.
        seed (int): Of the world.
        world (dict, optional): Further arguments of
            :func:`spidepth_mm.datasets.synthetic.ensure_world`.
        kwargs: See :class:`KITTIDataset`.

    A sample has ``dynamic_mask_path`` too, see :class:`LoadDynamicMask`.
    """

    METAINFO: dict = dict(dataset_type='synthetic_world', task_name='depth_estimation')

    def __init__(self,
                 data_root: str = 'data/synthetic_world',
                 split: Optional[str] = None,
                 ann_file: str = '',
                 frame_offsets: Iterable[FrameOffset] = (-1, 1),
                 ground_truth: Optional[str] = 'annotated',
                 seed: int = 0,
                 world: Optional[dict] = None,
                 **kwargs: Any) -> None:
        if not split and not ann_file:
            split = 'train'
        self.seed = seed
        self.world = dict(world or {})
        super().__init__(
            data_root=data_root,
            split=split,
            ann_file=ann_file,
            frame_offsets=frame_offsets,
            ground_truth=ground_truth,
            **kwargs)

    def check_layout(self) -> None:
        # Imported here: rendering is needed once, reading always.
        from .synthetic import ensure_world
        ensure_world(self.data_root, seed=self.seed, **self.world)
        super().check_layout()

    def iter_samples(self) -> Iterator[dict]:
        for sample in super().iter_samples():
            folder, name = os.path.split(sample['img_path'])
            drive, camera = os.path.split(os.path.dirname(folder))
            path = os.path.join(drive, MOVING_MASKS, camera, name)
            # Worlds of an older version have none.
            yield dict(sample, dynamic_mask_path=path) if self.files.exists(path) else sample

    def entries(self) -> List[SplitEntry]:
        """The list as it stands; no image is looked at."""
        if self.ann_file:
            return parse_split_file(self.ann_file)
        folder = os.path.join(self.data_root, 'splits')
        if not os.path.isfile(os.path.join(folder, f'{self.split}.txt')):
            valid = sorted(name[:-4] for name in os.listdir(folder) if name.endswith('.txt'))
            raise ValueError(f'Unknown split {self.split!r}. Valid splits of {self.data_root!r} '
                             f'are {", ".join(valid)}.')
        return parse_split_file(os.path.join(folder, f'{self.split}.txt'))
