"""Camera motion on the streets of a rendered world, and what needs no learning for it."""

from __future__ import annotations

import os
import tempfile
from typing import Dict, List

import numpy as np
from mmengine.config import Config
from torch import nn

from spidepth_mm.datasets.splits import SplitEntry, parse_split_file
from spidepth_mm.evaluation.pose_errors import evaluate_trajectory
from spidepth_mm.registry import DATASETS

from .trajectory import predict_trajectory

ALIGNMENTS = ('none', 'scale')
Errors = Dict[str, Dict[str, float]]


def street_pose_errors(model: nn.Module, cfg: Config, split: str = 'test') -> Dict[str, Errors]:
    """Errors of a model's pose net on every street of a split.

    Args:
        model (nn.Module): With a pose net, e.g. of :func:`init_model`.
        cfg (Config): Its config; ``test_dataloader.dataset`` is a
            ``SyntheticWorldDataset``, whose input size is used.
        split (str): Of the world.

    Returns:
        dict: By street, by alignment ('none', 'scale'): what
        :func:`evaluate_trajectory` returns.
    """
    test = cfg.test_dataloader.dataset
    errors = {}
    for drive in streets(test.data_root, split):
        gt = true_street(test.data_root, drive)
        pred = predict_trajectory(model, _frame_pairs(test, drive, len(gt)))
        errors[os.path.basename(drive)] = {
            alignment: evaluate_trajectory(pred, gt, alignment) for alignment in ALIGNMENTS}
    return errors


def straight_ahead_errors(data_root: str, split: str = 'test') -> Dict[str, Errors]:
    """The same of a camera that drives straight ahead at the street's true mean speed."""
    errors = {}
    for drive in streets(data_root, split):
        gt = true_street(data_root, drive)
        pred = np.tile(np.eye(4), (len(gt), 1, 1))
        step = np.linalg.norm(np.diff(gt[:, :3, 3], axis=0), axis=1).mean()
        pred[:, 2, 3] = step * np.arange(len(gt))
        errors[os.path.basename(drive)] = {
            alignment: evaluate_trajectory(pred, gt, alignment) for alignment in ALIGNMENTS}
    return errors


def streets(data_root: str, split: str) -> List[str]:
    """Folders under ``data_root`` of the streets of a split."""
    entries = parse_split_file(os.path.join(data_root, 'splits', f'{split}.txt'))
    return sorted({entry.drive for entry in entries})


def true_street(data_root: str, drive: str) -> np.ndarray:
    """(N, 4, 4) ``world_from_camera`` of a street's left camera, metres."""
    rows = np.loadtxt(os.path.join(data_root, drive, 'poses.txt')).reshape(-1, 3, 4)
    last = np.broadcast_to([0., 0., 0., 1.], (len(rows), 1, 4))
    return np.concatenate([rows, last], axis=1)


def _frame_pairs(test: dict, drive: str, num_frames: int):
    """Every frame of a street with the next one, at the size of the config's test data."""
    resize = [dict(step) for step in test['pipeline'] if 'ResizeFrames' in str(step['type'])]
    with tempfile.TemporaryDirectory() as folder:
        ann_file = os.path.join(folder, 'street.txt')
        with open(ann_file, 'w') as file:
            for frame in range(num_frames - 1):
                file.write(' '.join(map(str, SplitEntry(drive, frame, 'l'))) + '\n')
        dataset = dict(test, _scope_='spidepth_mm', split=None, ann_file=ann_file,
                       frame_offsets=(1, ), ground_truth=None, test_mode=True, missing='error',
                       pipeline=[dict(type='LoadFrames'), *resize, dict(type='PackDepthInputs')])
        return DATASETS.build(dataset)
