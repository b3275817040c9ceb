"""Which frames are kept, and what stands still in the picture."""

import cv2
import numpy as np
import pytest
from recordings import CAM2IMG, SIZE, drive, pan, texture

from spidepth_mm.datasets.converters import video_filter
from spidepth_mm.datasets.converters.video_filter import (
    BLURRED,
    FEATURELESS,
    KEPT,
    STATIC,
    UNREADABLE,
    FilterSettings,
    judge_frames,
)
from spidepth_mm.datasets.converters.video_motion import view_of
from spidepth_mm.datasets.converters.video_persistence import PersistentEdges
from spidepth_mm.datasets.converters.video_source import Frame
from spidepth_mm.datasets.transforms.geometric import resize_cam2img

VIEW_CAM2IMG = resize_cam2img(CAM2IMG, 2, 2)


def _judge(images, **thresholds):
    frames = [Frame(number, image, '' if image is not None else UNREADABLE)
              for number, image in enumerate(images)]
    judged = list(judge_frames(frames, VIEW_CAM2IMG, FilterSettings(**thresholds)))
    assert [j.verdict.number for j in judged] == list(range(len(images)))
    return [j.verdict for j in judged]


def _reasons(images, **thresholds):
    return [verdict.reason for verdict in _judge(images, **thresholds)]


def test_a_moving_camera_keeps_all():
    verdicts = _judge(drive(20))
    assert all(verdict.reason == KEPT and verdict.segment == 0 for verdict in verdicts)
    assert verdicts[0].motion is None
    assert all(verdict.motion.moved > 0.005 for verdict in verdicts[1:])


def test_frames_of_a_standing_camera_are_dropped():
    street = drive(6)
    assert _reasons([*street[:3], *[street[2]] * 4, *street[3:]]) == [
        *[KEPT] * 3, *[STATIC] * 4, *[KEPT] * 3]


def test_slow_motion_adds_up():
    """Compared with the last kept frame, not with the last frame."""
    # 0.005 of 200 pixels a frame is 0.31 % of the width, a little more at the sides.
    assert _reasons(pan(13, step=0.005), min_motion=0.005) == [*[KEPT, STATIC] * 6, KEPT]
    assert _reasons(pan(13, step=0.005), min_motion=0) == [KEPT] * 13


def test_single_blurred_frames_are_dropped():
    street = drive(20)
    for number in (3, 11, 19):
        street[number] = cv2.blur(street[number], (21, 21))
    expected = [BLURRED if number in (3, 11, 19) else KEPT for number in range(20)]
    assert _reasons(street) == expected
    assert BLURRED not in _reasons(street, blur_threshold=0)


def test_black_and_unreadable_frames_are_dropped():
    street = drive(5)
    reasons = _reasons([np.zeros_like(street[0]), *street[:3], None, *street[3:]])
    assert reasons == [FEATURELESS, KEPT, KEPT, KEPT, UNREADABLE, KEPT, KEPT]


def test_a_cut_begins_a_segment():
    verdicts = _judge([*drive(4), *drive(4, seed=50)])
    assert [verdict.segment for verdict in verdicts] == [0] * 4 + [1] * 4
    assert verdicts[4].motion is None


def test_the_usual_sharpness_is_the_neighbours_median():
    """Against a plain list, for recordings shorter and longer than the window."""
    half = video_filter._HALF_WINDOW
    for number in (1, 2, half, half + 1, 2 * half + 1, 40):
        values = np.random.RandomState(number).rand(number)
        seen = [video_filter._Seen(Frame(i, None), np.zeros(1), v) for i, v in enumerate(values)]
        got = list(video_filter._with_usual_sharpness(iter(seen)))
        assert [one.frame.number for one, _ in got] == list(range(number))
        expected = [np.median(values[max(0, i - half):i + half + 1]) for i in range(number)]
        np.testing.assert_allclose([usual for _, usual in got], expected)


@pytest.mark.parametrize('name', ['min_motion', 'blur_threshold', 'min_overlap'])
def test_impossible_thresholds(name):
    with pytest.raises(ValueError, match=rf'--{name.replace("_", "-")} must lie in \[0, 1\)'):
        FilterSettings(**{name: 1.5}).check()


def _fixed(images):
    edges = PersistentEdges((8, 10))
    for image in images:
        edges.add(view_of(image))
    return edges.fixed_cells()


def test_what_is_fixed_to_the_camera_is_found():
    cells = _fixed(drive(30, strip=48))
    assert cells[6:].all() and not cells[:5].any()
    assert not _fixed(drive(30)).any()


def test_a_plain_sky_is_not_fixed_to_the_camera():
    street = drive(30)
    shading = np.linspace(200, 230, SIZE[1] // 2)[:, None, None].astype(np.uint8)
    for frame in street:
        frame[:SIZE[1] // 2] = shading
    assert not _fixed(street)[:3].any()


def test_few_views_say_nothing():
    assert not _fixed([texture(SIZE)] * 19).any()
    assert _fixed([texture(SIZE)] * 20).all()
