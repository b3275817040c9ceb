import math

import numpy as np
import pytest
import torch

from spidepth_mm.evaluation import depth_errors as module
from spidepth_mm.evaluation.depth_errors import ERROR_NAMES, depth_errors


def test_hand_worked():
    # Differences 1, -2, 0; ratios 1.5, 2, 1.
    errors = depth_errors(np.array([3., 2., 8.]), np.array([2., 4., 8.]))
    g = [math.log(1.5), math.log(0.5), 0.]
    assert errors['abs_rel'] == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert errors['sq_rel'] == pytest.approx((1 / 2 + 4 / 4) / 3)
    assert errors['rmse'] == pytest.approx(math.sqrt(5 / 3))
    assert errors['rmse_log'] == pytest.approx(math.sqrt(sum(x * x for x in g) / 3))
    # 1.25, 1.5625, 1.953125: the ratio 1.5 passes the second, 2 passes none.
    assert [errors[name] for name in ('a1', 'a2', 'a3')] == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert errors['log10'] == pytest.approx((math.log10(1.5) + math.log10(2)) / 3)
    assert errors['rmse_log10'] == pytest.approx(
        math.sqrt((math.log10(1.5)**2 + math.log10(2)**2) / 3))
    mean = sum(g) / 3
    assert errors['silog'] == pytest.approx(
        100 * math.sqrt(sum(x * x for x in g) / 3 - mean * mean))


def test_threshold_is_strict():
    errors = depth_errors(np.array([1.25, 1.]), np.array([1., 1.25]))
    assert errors['a1'] == 0
    assert errors['a2'] == 1


def test_silog_ignores_a_factor_and_is_never_nan():
    rng = np.random.default_rng(0)
    gt = rng.uniform(1, 80, 500).astype(np.float32)
    pred = gt * rng.uniform(0.8, 1.2, 500).astype(np.float32)
    assert depth_errors(3 * pred, gt)['silog'] == pytest.approx(
        depth_errors(pred, gt)['silog'], rel=1e-5)
    assert depth_errors(7 * gt, gt)['silog'] == pytest.approx(0, abs=1e-3)


def test_single_functions_agree_with_all_at_once():
    rng = np.random.default_rng(1)
    pred, gt = rng.uniform(1, 80, (2, 200))
    errors = depth_errors(pred, gt)
    assert tuple(errors) == ERROR_NAMES
    for name in ERROR_NAMES:
        if name in ('a1', 'a2', 'a3'):
            value = module.accuracy(pred, gt, int(name[1]))
        else:
            value = getattr(module, name)(pred, gt)
        assert errors[name] == pytest.approx(value, rel=1e-12)


def test_tensors_give_the_same():
    rng = np.random.default_rng(2)
    pred, gt = rng.uniform(1, 80, (2, 1000)).astype(np.float32)
    expected = depth_errors(pred, gt)
    for name, value in depth_errors(torch.from_numpy(pred), torch.from_numpy(gt)).items():
        assert isinstance(value, torch.Tensor)
        assert value.dtype == torch.float64
        assert float(value) == pytest.approx(float(expected[name]), rel=1e-6)


@pytest.mark.parametrize('shapes', [((3, ), (4, )), ((2, 2), (2, 2)), ((0, ), (0, ))])
def test_wrong_shapes(shapes):
    with pytest.raises(ValueError, match='two 1-D arrays of one length'):
        depth_errors(np.ones(shapes[0]), np.ones(shapes[1]))
