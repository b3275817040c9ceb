import numpy as np
import pytest

from spidepth_mm.evaluation.bootstrap import bootstrap_mean


def test_close_to_the_normal_interval():
    values = np.random.default_rng(0).normal(5, 2, (400, 1))
    interval = bootstrap_mean(values, 0.95, num_resamples=5000)
    half = 1.96 * values.std() / np.sqrt(400)
    assert interval.mean[0] == values.mean()
    assert interval.low[0] == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert interval.high[0] == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_seeded_and_shared_between_quantities():
    values = np.random.default_rng(1).random((30, 1))
    both = np.hstack([values, values])
    first, again, other = (bootstrap_mean(both, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (np.asarray(first)[:, 0] == np.asarray(first)[:, 1]).all()
    assert not np.array_equal(first.low, other.low)


def test_higher_level_is_wider_and_one_image_is_a_point():
    values = np.random.default_rng(2).random((50, 1))
    narrow, wide = bootstrap_mean(values, 0.5), bootstrap_mean(values, 0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert np.asarray(bootstrap_mean(np.array([[7.]]))).ravel().tolist() == [7., 7., 7.]


@pytest.mark.parametrize('values, level, message', [
    (np.ones((3, 1)), 95, 'between 0 and 1, but got 95'),
    (np.ones((0, 1)), 0.95, r'shape \(0, 1\)'),
    (np.ones(3), 0.95, r'shape \(3,\)'),
    (np.array([[1.], [np.nan]]), 0.95, 'finite'),
])
def test_wrong_inputs(values, level, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_mean(values, level)
