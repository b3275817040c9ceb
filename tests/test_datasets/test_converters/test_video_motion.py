"""Motion between views, on scenes whose motion is known."""

import cv2
import numpy as np
import pytest
from recordings import CAM2IMG, SIZE, drive, pan, texture

from spidepth_mm.datasets.converters.video_motion import (
    VIEW_WIDTH,
    count_features,
    fit_rotation,
    measure_motion,
    sharpness,
    view_of,
)
from spidepth_mm.datasets.transforms.geometric import resize_cam2img

SCALE = VIEW_WIDTH / SIZE[0]
VIEW_CAM2IMG = resize_cam2img(CAM2IMG, SCALE, SCALE)


def _motion(before, after):
    return measure_motion(view_of(before), view_of(after), VIEW_CAM2IMG)


def test_view_has_one_width():
    assert view_of(texture((1280, 300))).shape == (150, 640)
    assert view_of(texture((320, 75))).shape == (150, 640)


def test_points_move_as_far_as_the_scene():
    """Half of the scene moves by 2 pixels of 320, half by 8."""
    first, second = drive(2, step=2)
    motion = _motion(first, second)
    lengths = np.linalg.norm(motion.ends - motion.starts, axis=1) / VIEW_WIDTH
    upper = motion.starts[:, 1] < 0.45 * SIZE[1] * SCALE
    lower = motion.starts[:, 1] > 0.55 * SIZE[1] * SCALE
    assert np.median(lengths[upper]) == pytest.approx(2 / 320, rel=0.02)
    assert np.median(lengths[lower]) == pytest.approx(8 / 320, rel=0.02)
    assert motion.moved == pytest.approx(np.median(lengths))
    assert motion.overlap > 0.8
    assert motion.parallax > 0.2


def test_a_turning_camera_has_no_parallax():
    first, second = pan(2, step=0.02)
    motion = _motion(first, second)
    # f tan(a) in the middle, more at the sides.
    assert 1 < motion.moved / (np.tan(0.02) * CAM2IMG[0, 0] / SIZE[0]) < 1.3
    assert motion.parallax < 0.05
    assert abs(motion.roll_deg) < 0.05


def test_roll_is_measured():
    image = texture((640, 640))
    turn = cv2.getRotationMatrix2D((320 + 159.5 - 160, 320 + 95.5 - 96), -2., 1.)
    rolled = cv2.warpAffine(image, turn, (640, 640))

    def middle(whole):
        return np.ascontiguousarray(whole[224:416, 160:480])

    motion = _motion(middle(image), middle(rolled))
    assert motion.roll_deg == pytest.approx(2., abs=0.05)
    assert motion.parallax < 0.1


def test_another_scene_does_not_overlap():
    assert _motion(texture(SIZE, 1), texture(SIZE, 2)).overlap < 0.2


def test_nothing_to_follow():
    black = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    noisy = np.clip(100 + np.random.RandomState(0).randn(*black.shape), 0, 255).astype(np.uint8)
    for empty in (black, noisy):
        assert count_features(view_of(empty)) == 0
        motion = _motion(empty, texture(SIZE))
        assert (motion.overlap, motion.moved, len(motion.starts)) == (0, 0, 0)


def test_fit_rotation_ignores_what_moves_on_its_own():
    draw = np.random.RandomState(0)
    expected = cv2.Rodrigues(np.array([0.02, -0.1, 0.05]))[0]
    rays = draw.uniform(-1, 1, (200, 3)) * (1, 0.5, 0.1) + (0, 0, 1)
    after = rays @ expected.T
    np.testing.assert_allclose(fit_rotation(rays, 3 * after), expected, atol=1e-12)
    after[:60] += draw.uniform(0, 0.2, (60, 3))
    np.testing.assert_allclose(fit_rotation(rays, after), expected, atol=2e-3)


def test_blur_lowers_sharpness():
    image = texture(SIZE)
    levels = [sharpness(view_of(cv2.blur(image, (1, side)))) for side in (1, 3, 7)]
    assert levels[0] > levels[1] > levels[2]
