"""Measures predictions that another program has saved, under a config's own protocol."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Tuple

import numpy as np
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmengine.utils import ProgressBar

from spidepth_mm.registry import DATASETS

from .results import evaluators_of, measured_protocol, other_depth_kinds

QUANTITIES = ('depth', 'disparity')


def read_predictions(path: str) -> np.ndarray:
    """An ``.npy`` with one map an image, in the order of the test list.

    Returns:
        np.ndarray: (N, h, w), left on the disk until it is used.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is truncated or of another shape.
    """
    try:
        maps = np.load(path, mmap_mode='r', allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise FileNotFoundError(f'No prediction file {path}.') from None
        raise ValueError(f'{path}: truncated, or no .npy array ({error}).') from None
    if not isinstance(maps, np.ndarray):
        raise ValueError(f'{path}: expected an .npy with one array, got an archive of several.')
    if maps.ndim == 4 and maps.shape[1] == 1:
        maps = maps[:, 0]
    if maps.ndim != 3 or not np.issubdtype(maps.dtype, np.floating):
        raise ValueError(f'{path}: expected floats of shape (N, h, w), one map an image, but got '
                         f'{maps.dtype} of shape {maps.shape}.')
    return maps


def evaluate_predictions(cfg: Config, path: str, quantity: str = 'depth',
                         progress: bool = True) -> Tuple[Dict[str, Any], List[str]]:
    """The config's test metrics of saved predictions, and what ``other_depth_kinds`` says.

    Args:
        cfg (Config): With a test dataloader and ``DepthMetric`` evaluators.
        path (str): See :func:`read_predictions`.
        quantity (str): ``'depth'``, or ``'disparity'`` for inverse depth,
            which is then resized as such, Monodepth2's way.
        progress (bool): Whether to draw a bar.

    Raises:
        ValueError: If there are more or fewer maps than test images.
    """
    if quantity not in QUANTITIES:
        raise ValueError(f'Unknown quantity {quantity!r}. '
                         f'Valid quantities are {", ".join(QUANTITIES)}.')
    maps = read_predictions(path)
    init_default_scope(cfg.get('default_scope', 'spidepth_mm'))
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    if len(maps) != len(dataset):
        raise ValueError(f'{path} has {len(maps)} maps, but the test set has {len(dataset)} '
                         'images. They are matched by their order, so there must be one an image.')
    evaluator = Evaluator(_evaluators(cfg, quantity))
    bar = ProgressBar(len(dataset)) if progress else None
    for index, prediction in enumerate(maps):
        sample = dataset[index]['data_samples'].to_dict()
        depth = np.array(prediction, dtype=np.float32)
        if quantity == 'disparity':
            # What is at infinity is clamped by the protocol.
            depth = 1 / np.maximum(depth, np.float32(1e-6))
        evaluator.process([dict(sample, pred_depth_map=dict(data=depth[None]))])
        if bar:
            bar.update()
    if bar:
        bar.file.write('\n')
    return evaluator.evaluate(len(dataset)), other_depth_kinds(evaluator)


def _evaluators(cfg: Config, quantity: str) -> list:
    evaluators = []
    for evaluator in evaluators_of(cfg):
        protocol = measured_protocol(evaluator)
        if protocol and quantity == 'disparity':
            evaluator = dict(evaluator, protocol=replace(protocol, resized_quantity=quantity))
        evaluators.append(evaluator)
    return evaluators
