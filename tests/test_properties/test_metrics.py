"""What does not change the result of an evaluation."""

import numpy as np
import pytest
from bounded import bounded
from hypothesis import given
from hypothesis import strategies as st

from spidepth_mm.evaluation import evaluate_depth

ERRORS = ('abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'a1', 'a2', 'a3', 'log10', 'silog')


def maps(seed):
    generator = np.random.RandomState(seed)
    gt = generator.uniform(1, 70, (48, 160))
    pred = gt * generator.uniform(0.7, 1.4, gt.shape)
    gt[generator.rand(*gt.shape) < 0.5] = 0
    return pred, gt


@pytest.mark.parametrize('protocol', ['kitti_eigen', 'kitti_eigen_improved', 'make3d_c1'])
@bounded(10)
@given(st.integers(0, 10**6), st.floats(1e-4, 1e4))
def test_a_factor_does_not_matter_where_medians_are_aligned(protocol, seed, factor):
    pred, gt = maps(seed)
    one, other = (evaluate_depth(p, gt, protocol, scaling='median') for p in (pred, factor * pred))
    assert one['num_valid'] > 100
    for name in ERRORS:
        assert other[name] == pytest.approx(one[name], rel=1e-5, abs=1e-7)
    assert other['scale'] * factor == pytest.approx(one['scale'], rel=1e-5)


@bounded(10)
@given(st.integers(0, 10**6), st.floats(1.01, 3))
def test_a_factor_matters_where_nothing_is_aligned(seed, factor):
    _, gt = maps(seed)
    one, other = (evaluate_depth(p, gt, 'kitti_eigen_metric') for p in (gt + 1e-9, factor * gt))
    assert other['abs_rel'] > one['abs_rel'] + 0.009


@bounded(10)
@given(st.integers(0, 10**6))
def test_a_mirrored_image_has_the_same_errors(seed):
    pred, gt = maps(seed)
    one = evaluate_depth(pred, gt, 'kitti_eigen_improved')
    other = evaluate_depth(pred[:, ::-1].copy(), gt[:, ::-1].copy(), 'kitti_eigen_improved')
    for name in ERRORS:
        assert other[name] == pytest.approx(one[name], rel=1e-6)


@bounded(10)
@given(st.integers(0, 10**6))
def test_a_perfect_prediction_has_no_error(seed):
    _, gt = maps(seed)
    result = evaluate_depth(np.where(gt > 0, gt, 1.), gt, 'kitti_eigen_metric')
    assert result['abs_rel'] == pytest.approx(0, abs=1e-6)
    assert result['a1'] == 1
