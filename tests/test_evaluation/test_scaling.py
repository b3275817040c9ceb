import numpy as np
import pytest
import torch

from spidepth_mm.evaluation import scaling as module
from spidepth_mm.evaluation.scaling import Alignment, apply_alignment, fit_alignment, median

LIMITS = (1e-3, 80.)


def aligned(pred, gt, scaling):
    return apply_alignment(pred, fit_alignment(pred, gt, scaling, LIMITS[0]), *LIMITS)


@pytest.mark.parametrize('count', [1, 2, 3, 10, 101, 1000])
def test_median_as_numpy(count):
    values = np.random.default_rng(count).uniform(0, 9, count).astype(np.float32)
    assert median(values) == np.median(values)
    assert median(torch.from_numpy(values)) == pytest.approx(np.median(values), rel=1e-7)


@pytest.mark.parametrize('scaling, distort', [
    ('median', lambda gt: gt / 3),
    ('global_median', lambda gt: gt / 3),
    ('least_squares', lambda gt: gt / 3),
    ('least_squares_shift', lambda gt: (gt + 5) / 3),
    ('least_squares_disparity', lambda gt: gt / 3),
    ('least_squares_shift_disparity', lambda gt: 1 / (0.3 / gt + 0.02)),
])
@pytest.mark.parametrize('library', [np.asarray, torch.from_numpy])
def test_undoes_its_own_distortion(scaling, distort, library):
    gt = np.random.default_rng(0).uniform(2, 70, 200)
    pred, gt = library(distort(gt)), library(gt)
    np.testing.assert_allclose(aligned(pred, gt, scaling), gt, rtol=1e-9)


def test_none_only_clamps():
    pred = np.array([-1., 5., 500.])
    assert fit_alignment(pred, pred, 'none', 1e-3) == Alignment(1., 0.)
    np.testing.assert_array_equal(aligned(pred, pred, 'none'), [1e-3, 5., 80.])


def test_least_squares_by_numpy():
    rng = np.random.default_rng(1)
    pred, gt = rng.uniform(1, 40, (2, 50))
    for scaling, source, target in [('least_squares', pred, gt),
                                    ('least_squares_disparity', 1 / pred, 1 / gt)]:
        factor = np.linalg.lstsq(source[:, None], target, rcond=None)[0][0]
        alignment = fit_alignment(pred, gt, scaling, 1e-3)
        expected = 1 / factor if alignment.in_disparity else factor
        assert alignment.scale == pytest.approx(expected)
        assert alignment.shift == 0
    design = np.stack([pred, np.ones(50)], axis=1)
    expected = np.linalg.lstsq(design, gt, rcond=None)[0]
    np.testing.assert_allclose(fit_alignment(pred, gt, 'least_squares_shift', 1e-3)[:2], expected)


def test_constant_prediction_has_no_shift():
    gt = np.array([10., 20., 30.])
    for scaling in ('least_squares_shift', 'least_squares'):
        alignment = fit_alignment(np.full(3, 4., np.float32), gt, scaling, 1e-3)
        assert alignment.scale == pytest.approx(5.)
        assert alignment.shift == 0


def test_disparity_at_or_below_zero_becomes_the_farthest_depth():
    alignment = Alignment(1., -0.5, in_disparity=True)
    np.testing.assert_allclose(
        apply_alignment(np.array([1., 2., 4.]), alignment, *LIMITS), [2., 80., 80.])


def test_clear_errors():
    gt = np.array([1., 2., 3.])
    with pytest.raises(ValueError, match="Unknown scaling 'mean'.*" + ', '.join(module.SCALINGS)):
        fit_alignment(gt, gt, 'mean', 1e-3)
    with pytest.raises(ValueError, match='needs a positive prediction'):
        fit_alignment(-gt, gt, 'median', 1e-3)
    with pytest.raises(ValueError, match='not 0 everywhere'):
        fit_alignment(0 * gt, gt, 'least_squares', 1e-3)
