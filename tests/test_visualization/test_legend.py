import cv2
import numpy as np
import pytest

from spidepth_mm.visualization import colorize_depth, disparity_range, draw_depth, draw_legend
from spidepth_mm.visualization.legend import legend_ticks, smooth_limits


def bar_of(height, limits):
    """The column of colours in the middle of the legend's bar, without its margins."""
    legend = draw_legend(height, limits)
    text_height = cv2.getTextSize('0', cv2.FONT_HERSHEY_SIMPLEX, np.clip(height / 1000, .35, 2),
                                  1)[0][1]
    return legend[text_height:height - text_height, 2 * text_height]


def test_the_bar_has_the_maps_colours_near_below():
    limits = (1 / 50, 1 / 4)
    bar = bar_of(500, limits).astype(int)
    rows = len(bar)
    for depth in (4., 5., 10., 30., 50.):
        colour = colorize_depth(np.array([[depth]]), limits)[0, 0].astype(int)
        row = round((1 / depth - limits[0]) / (limits[1] - limits[0]) * (rows - 1))
        assert np.abs(bar[row] - colour).max() <= 2, depth
    assert bar[-1].sum() > bar[0].sum()


@pytest.mark.parametrize(('limits', 'most'), [
    ((1 / 80, 1 / 2), 8), ((1 / 5.2, 1 / 5), 5), ((0., 1.), 6), ((1 / 3000, 1 / 0.02), 10)])
def test_ticks(limits, most):
    ticks = legend_ticks(limits, most)
    assert 1 <= len(ticks) <= most + 1
    assert ticks == sorted(ticks)
    disparities = 1 / np.array(ticks)
    assert (disparities <= limits[1] + 1e-9).all()
    assert (-np.diff(disparities) >= (limits[1] - limits[0]) / most - 1e-9).all()


def test_a_range_without_a_round_depth_has_no_ticks():
    assert legend_ticks((1 / 7.3, 1 / 7.2), 5) == []
    assert draw_legend(100, (1 / 7.3, 1 / 7.2)).shape[0] == 100


@pytest.mark.parametrize('size', [(1, 1), (1, 700), (700, 1), (40, 60), (60, 200), (5000, 100)])
def test_any_size(size):
    depth = np.linspace(1, 9, size[0] * size[1]).reshape(size)
    drawn = draw_depth(np.full((*size, 3), 90, np.uint8), depth)
    assert drawn.dtype == np.uint8
    assert max(drawn.shape) < 2 * 4096 + 300


def test_side_by_side_or_above():
    def shape(height, width):
        depth = np.full((height, width), 3.)
        return draw_depth(np.zeros((height, width, 3), np.uint8), depth).shape

    assert shape(300, 400)[1] > 800
    assert shape(300, 1000)[0] > 600


def test_units_are_written_where_they_are_known():
    image, depth = np.zeros((300, 400, 3), np.uint8), np.linspace(2, 80, 120000).reshape(300, 400)
    metric, stereo, unknown = (draw_depth(image, depth, scale) for scale in (
        'metric', 'stereo', 'unknown'))
    # ' m' behind the numbers takes room.
    assert metric.shape == stereo.shape
    assert metric.shape[1] > unknown.shape[1]
    assert not np.array_equal(metric, stereo)


def test_frames_of_a_video_have_one_size():
    image = np.zeros((90, 120, 3), np.uint8)
    shapes = {draw_depth(image, np.full((90, 120), depth), 'metric', (1 / depth, 2 / depth)).shape
              for depth in (0.5, 3., 7.2, 10., 45., 300.)}
    assert len(shapes) == 1


def test_without_any_depth():
    drawn = draw_depth(np.full((50, 60, 3), 200, np.uint8), np.zeros((50, 60)))
    assert drawn.max() > 0


def test_limits_change_slowly():
    near, far = np.full((4, 4), 2.), np.full((4, 4), 10.)
    first = smooth_limits(near, None)
    assert first == disparity_range(near)
    second = smooth_limits(far, first)
    assert second[0] == pytest.approx(0.9 * 0.5 + 0.1 * 0.1)
    for _ in range(100):
        second = smooth_limits(far, second)
    assert second[0] == pytest.approx(0.1, rel=1e-3)
