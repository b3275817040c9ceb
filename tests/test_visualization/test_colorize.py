"""Numbers to colours."""

import numpy as np
import pytest

from spidepth_mm.visualization import colorize_depth, colorize_error, disparity_range
from spidepth_mm.visualization.colorize import colorize_level, thicken


def brightness(picture: np.ndarray) -> np.ndarray:
    return picture.astype(int).sum(-1)


def test_range_is_between_percentiles_of_inverse_depth():
    depth = 1 / np.linspace(0.1, 1.1, 101).reshape(1, -1)
    low, high = disparity_range(depth)
    assert low == pytest.approx(0.12)
    assert high == pytest.approx(1.08)


def test_range_looks_at_valid_pixels_only():
    depth = np.array([[0., np.nan, np.inf, -1., 2., 4.]])
    low, high = disparity_range(depth)
    assert 0.25 <= low < high <= 0.5


@pytest.mark.parametrize('value', [0., 5.])
def test_range_is_never_empty(value):
    low, high = disparity_range(np.full((3, 4), value))
    assert low < high


def test_near_is_bright_far_is_dark_and_unknown_is_black():
    depth = np.array([[1., 2., 4., 8., 0., np.nan]], np.float32)
    picture = colorize_depth(depth, limits=(1 / 16, 1.))
    assert picture.shape == (1, 6, 3)
    assert picture.dtype == np.uint8
    found = brightness(picture)[0]
    assert (np.diff(found[:4]) < 0).all()
    assert found[3] > 0
    assert (picture[0, 4:] == 0).all()


def test_limits_make_pictures_comparable():
    depth = np.array([[2., 5.], [10., 30.]])
    limits = disparity_range(depth)
    assert (colorize_depth(depth, limits) == colorize_depth(depth)).all()
    assert (colorize_depth(depth[:1], limits) == colorize_depth(depth, limits)[:1]).all()
    assert (colorize_depth(2 * depth, limits) != colorize_depth(depth, limits)).any()


def test_pictures_are_rgb():
    # The near end of the map is a pale yellow: much red and green, less blue.
    red, _, blue = colorize_depth(np.ones((1, 1)), limits=(0., 1.))[0, 0].astype(int)
    assert red > blue
    red, _, blue = colorize_error(np.full((1, 1), 9.), np.ones((1, 1)))[0, 0].astype(int)
    assert red > blue


def test_errors_go_from_blue_to_red():
    target = np.full((1, 4), 10.)
    picture = colorize_error(np.array([[10., 12., 15., 30.]]), target, largest=0.5)
    # Half as much is as wrong as half too much; beyond the largest all are alike.
    assert (picture[0, 2] == picture[0, 3]).all()
    assert (picture[0, 2] == colorize_error(np.array([[5.]]), target[:, :1])[0, 0]).all()
    assert len({tuple(colour) for colour in picture[0].tolist()}) == 3
    assert (colorize_error(np.array([[7.]]), np.zeros((1, 1))) == 0).all()


def test_a_prediction_that_is_no_number_is_all_wrong():
    target = np.full((1, 2), 10.)
    picture = colorize_error(np.array([[np.nan, np.inf]]), target)
    worst = colorize_error(np.array([[100.]]), target[:, :1])
    assert (picture == worst).all()


def test_thickened_points_are_the_nearest():
    sparse = np.zeros((5, 7))
    sparse[2, 2], sparse[2, 4] = 10., 5.
    thick = thicken(sparse)
    assert thick.shape == sparse.shape
    assert (thick[1:4, 1:3] == pytest.approx(10.))
    assert (thick[1:4, 3:6] == pytest.approx(5.))
    assert (thick[[0, 4]] == 0).all()
    assert (thick[:, [0, 6]] == 0).all()
    assert thicken(sparse, radius=2)[0, 0] == pytest.approx(10.)


def test_levels_go_from_blue_to_red_and_nan_is_red():
    picture = colorize_level(np.array([[-1., 0., 1., 7., np.nan, np.inf]])).astype(int)
    blue, red = picture[0, 0], picture[0, 2]
    assert blue[2] > blue[0]
    assert red[0] > red[2]
    assert (picture[0, 1] == blue).all()
    assert (picture[0, 3:] == red).all()
