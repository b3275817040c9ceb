import math

import numpy as np
import pytest
import torch

from spidepth_mm.evaluation.range_errors import errors_by_range


@pytest.mark.parametrize('library', [np.asarray, torch.from_numpy])
def test_by_hand(library):
    gt = np.array([5., 9.9, 10., 30., 90.])
    pred = np.array([6., 9.9, 15., 60., 90.])
    near, middle, empty, far = errors_by_range(
        library(pred), library(gt), [0, 10, 40, 80, math.inf])
    assert [part['num_valid'] for part in (near, middle, empty, far)] == [2, 2, 0, 1]
    assert near['abs_rel'] == pytest.approx((1 / 5 + 0) / 2)
    assert middle['abs_rel'] == pytest.approx((5 / 10 + 30 / 30) / 2)
    assert (middle['near'], middle['far']) == (10, 40)
    assert math.isnan(empty['abs_rel'])
    assert far['rmse'] == 0


@pytest.mark.parametrize('edges', [[1.], [0., 5., 5.]])
def test_wrong_edges(edges):
    with pytest.raises(ValueError, match='two increasing edges'):
        errors_by_range(np.ones(2), np.ones(2), edges)
