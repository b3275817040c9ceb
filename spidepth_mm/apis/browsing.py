"""A dataset's samples as training gets them, with the true motion to each source."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmengine.runner import set_random_seed

from spidepth_mm.datasets.frame_offsets import STEREO
from spidepth_mm.datasets.kitti_odometry import read_poses
from spidepth_mm.datasets.transforms import LoadDepthMap, LoadFrames

MODES = ('transformed', 'original', 'concat', 'pipeline')


@dataclass(frozen=True)
class BrowsedSample:
    """One sample, as numpy.

    Attributes:
        title (str): Which stage of the pipeline it comes from.
        img_path (str): Of the target.
        frames (list[np.ndarray]): (H, W, 3) uint8 RGB, target first.
        frame_offsets (tuple): Of the sources.
        cam2img (np.ndarray, optional): (3, 3), pixels of the frames.
        gt_depth_map (np.ndarray, optional): (h, w) metres, 0 where there is none.
        motions (dict): ``source_from_target`` (4, 4), metres, by the sources'
            offsets, where it is known.
    """

    title: str
    img_path: str
    frames: List[np.ndarray]
    frame_offsets: tuple
    cam2img: Optional[np.ndarray]
    gt_depth_map: Optional[np.ndarray]
    motions: Dict[Any, np.ndarray]


class SampleBrowser:
    """Runs a dataset's pipeline step by step.

    Ground truth is loaded for the pictures where the dataset has it, even if
    training does not look at it.

    Args:
        dataset (DepthDataset): With a pipeline.
    """

    def __init__(self, dataset):
        dataset.full_init()
        self.dataset = dataset
        self.transforms = with_depth(dataset.pipeline.transforms)
        self.world_from_camera = known_poses(dataset)

    def __len__(self) -> int:
        return len(self.dataset)

    def stages(self, index: int) -> List[BrowsedSample]:
        """The sample after each transform that can be seen, from loading to packing.

        Raises:
            UnreadableImageError: If one of its files cannot be read.
        """
        info = self.dataset.get_data_info(index)
        stages = self._run(info, index)
        for position, path in enumerate(info['source_paths']):
            motion = self._true_motion(info['img_path'], path)
            offset = info['frame_offsets'][position]
            if offset == STEREO or motion is None:
                continue
            # The transforms move a known motion with the frames; they take one at a time.
            moved = self._run(dict(info, source_from_target=motion), index)
            stages = [
                replace(stage, motions={**stage.motions, offset: other.motions['given']})
                for stage, other in zip(stages, moved)]
        return [replace(stage, motions=_named(stage.motions)) for stage in stages]

    def _run(self, results: dict, seed: int) -> List[BrowsedSample]:
        # The same random numbers make the same flips.
        set_random_seed(seed)
        stages = []
        for transform in self.transforms:
            results = transform(results)
            packed = results.get('data_samples')
            if packed is not None:
                stages.append(_unpack(results, type(transform).__name__))
            elif 'frames' in results:
                stages.append(_browsed(
                    type(transform).__name__, results['frames'], results,
                    results.get('gt_depth_map')))
        if not stages:
            raise ValueError('The pipeline loads no frames; it needs LoadFrames.')
        return stages

    def _true_motion(self, target: str, source: str) -> Optional[np.ndarray]:
        poses = [self.world_from_camera(path) for path in (source, target)]
        if any(pose is None for pose in poses):
            return None
        return np.linalg.inv(poses[0]) @ poses[1]


def with_depth(transforms: Sequence[Callable]) -> List[Callable]:
    """The transforms, with ``LoadDepthMap`` behind ``LoadFrames`` if it is not among them."""
    transforms = list(transforms)
    loads = [i for i, transform in enumerate(transforms) if isinstance(transform, LoadFrames)]
    if loads and not any(isinstance(transform, LoadDepthMap) for transform in transforms):
        transforms.insert(loads[0] + 1, LoadDepthMap())
    return transforms


def known_poses(dataset) -> Callable[[str], Optional[np.ndarray]]:
    """Maps an image's path to its true ``world_from_camera`` (4, 4), or to None.

    The dataset knows them (``world_from_target``), or a ``poses.txt`` lies in
    the drive's folder, for the left camera, as in the synthetic world.
    """
    poses: Dict[str, np.ndarray] = {}
    if 'world_from_target' in dataset.get_data_info(0):
        infos = (dataset.get_data_info(index) for index in range(len(dataset)))
        poses = {info['img_path']: info['world_from_target'] for info in infos
                 if 'world_from_target' in info}
    drives: Dict[str, Optional[np.ndarray]] = {}

    def find(path: str) -> Optional[np.ndarray]:
        if path in poses:
            return poses[path]
        camera = os.path.dirname(os.path.dirname(path))
        stem = os.path.splitext(os.path.basename(path))[0]
        if os.path.basename(camera) != 'image_02' or not stem.isdigit():
            return None
        file = os.path.join(os.path.dirname(camera), 'poses.txt')
        if file not in drives:
            drives[file] = read_poses(file) if os.path.isfile(file) else None
        drive = drives[file]
        return drive[int(stem)] if drive is not None and int(stem) < len(drive) else None

    return find


def _unpack(packed: dict, title: str) -> BrowsedSample:
    sample = packed['data_samples']
    frames = packed['inputs']
    frames = frames[None] if frames.ndim == 3 else frames
    depth = sample.gt_depth_map.data[0].numpy() if 'gt_depth_map' in sample else None
    return _browsed(title, list(frames.permute(0, 2, 3, 1).numpy()),
                    dict(sample.metainfo_items()), depth)


def _browsed(title: str, frames: list, meta: dict, depth: Optional[np.ndarray]) -> BrowsedSample:
    motion = meta.get('source_from_target')
    return BrowsedSample(
        title=title, img_path=meta.get('img_path', ''), frames=frames,
        frame_offsets=tuple(meta.get('frame_offsets', ())), cam2img=meta.get('cam2img'),
        gt_depth_map=depth, motions={} if motion is None else dict(given=motion))


def _named(motions: Dict[Any, np.ndarray]) -> Dict[Any, np.ndarray]:
    """With the stereo partner's own name for the motion that the dataset gave."""
    return {STEREO if name == 'given' else name: motion for name, motion in motions.items()}


def choose(stages: Sequence[BrowsedSample], mode: str) -> Tuple[BrowsedSample, ...]:
    """The stages to draw: 'original', 'transformed', 'concat' (both) or 'pipeline' (all).

    Raises:
        ValueError: If the mode is unknown.
    """
    if mode not in MODES:
        raise ValueError(f"Unknown mode '{mode}'. Valid modes are {MODES}.")
    if mode == 'pipeline':
        return tuple(stages)
    loading = (LoadFrames.__name__, LoadDepthMap.__name__)
    moved = [i for i, stage in enumerate(stages) if stage.title not in loading]
    # Loading is over before anything moves; a test pipeline loads the depth later, as stored.
    original = stages[max(moved[0] - 1, 0)] if moved else stages[-1]
    return dict(original=(original, ), transformed=(stages[-1], ),
                concat=(original, stages[-1]))[mode]
