import numpy as np
import pytest

from spidepth_mm.evaluation import PROTOCOLS, baselines
from spidepth_mm.evaluation.baselines import (
    DepthProfile,
    evaluate_baselines,
    row_medians,
    take_profile,
)

PROTOCOL = PROTOCOLS['stereo']


def profile(rows, depths, height):
    return DepthProfile(np.array(depths, np.float32), np.array(rows, np.int16), height)


def test_row_medians_by_hand():
    profiles = [profile([0, 0, 2], [10, 30, 5], 5), profile([0, 2, 4], [20, 7, 1], 5)]
    # Row 1 lies between its neighbours 20 and 6, row 3 between 6 and 1.
    np.testing.assert_allclose(row_medians(profiles), [20, 13, 6, 3.5, 1])


def test_smaller_images_count_by_relative_height():
    # Row 1 of 2 covers rows 2 and 3 of 4: its centre falls in row 3.
    profiles = [profile([0, 1, 2, 3], [8, 6, 4, 2], 4), profile([1], [4], 2)]
    np.testing.assert_allclose(row_medians(profiles), [8, 6, 4, 3])


def test_a_world_of_rows():
    """Depth that depends on the row alone: the row median is perfect, the constant is not."""
    profiles = [profile([0, 1, 1], [40, 10, 10], 2), profile([0, 0, 1], [40, 40, 10], 2)]
    results = evaluate_baselines(profiles, PROTOCOL, 'none')
    assert set(results) == {'constant', 'row_median'}
    assert [image['abs_rel'] for image in results['row_median']] == [0, 0]
    # The constant is the median of 40 40 40 10 10 10.
    expected = [(15 / 40 + 15 / 10 * 2) / 3, (15 / 40 * 2 + 15 / 10) / 3]
    assert [image['abs_rel'] for image in results['constant']] == pytest.approx(expected)


def test_scaling_applies_to_baselines_too():
    profiles = [profile([0, 1, 1], [40, 10, 10], 2), profile([0, 0, 1], [40, 40, 10], 2)]
    constant = evaluate_baselines(profiles, PROTOCOL, 'median')['constant']
    # Scaled to each image's own median, 10 and 40.
    assert [image['abs_rel'] for image in constant] == pytest.approx([0.75 / 3, 3 / 3])
    assert [image['scale'] for image in constant] == pytest.approx([10 / 25, 40 / 25])


def test_profiles_are_thinned_where_they_are_many():
    depths, rows = np.arange(1000.), np.arange(1000)
    assert len(take_profile(depths, rows, 1000).gt) == 1000
    few = baselines._MAX_PIXELS_OF_ALL // 400
    thinned = take_profile(depths, rows, 1000, num_images=few)
    np.testing.assert_array_equal(thinned.gt, depths[::3])
    np.testing.assert_array_equal(thinned.rows, rows[::3])
