"""Reference numbers of the published evaluation procedures, as dense maps."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

_DATA = Path(__file__).resolve().parents[1] / 'data' / 'reference'


class Reference(NamedTuple):
    """``gts`` and ``preds``: lists of maps; ``errors``: one dict an image; ``means``."""

    gts: list
    preds: list
    errors: list
    means: dict


def dense(shape, rows, cols, depth):
    gt = np.zeros(tuple(shape), np.float32)
    gt[rows, cols] = depth
    return gt


@pytest.fixture(scope='session')
def kitti():
    data = np.load(_DATA / 'metrics_kitti.npz')
    gts = []
    for image in range(len(data['pred'])):
        of_image = data['gt_image'] == image
        gts.append(
            dense(data['gt_shape'], data['gt_rows'][of_image], data['gt_cols'][of_image],
                  data['gt_depth'][of_image]))
    errors = [dict(zip(data['names'], row)) for row in data['per_image']]
    for row, ratio in zip(errors, data['median_scaling_ratios']):
        row['scale'] = float(ratio)
    return Reference(gts, list(data['pred']), errors, dict(zip(data['names'], data['mean'])))


@pytest.fixture(scope='session')
def make3d():
    data = np.load(_DATA / 'metrics_make3d.npz')
    names = [str(name).replace('mean_abs_log10', 'log10') for name in data['names']]
    errors = [dict(zip(names, row)) for row in data['per_image']]
    return Reference(
        list(data['gt_full']), list(data['pred']), errors, dict(zip(names, data['mean'])))


@pytest.fixture(scope='session')
def cityscapes():
    data = np.load(_DATA / 'metrics_cityscapes.npz')
    gt = dense(data['gt_shape'], data['gt_rows'], data['gt_cols'], data['gt_depth'])
    errors = dict(zip(data['names'], data['errors']))
    return Reference([gt], [data['pred']], [errors], errors)
