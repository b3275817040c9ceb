"""The camera of a recording, and its calibration from rendered pictures of a chessboard."""

import cv2
import numpy as np
import pytest
from recordings import BOARD, CAM2IMG, LENS, SIZE, board_views, texture, write_images

from spidepth_mm.datasets.converters.video_camera import calibrate, make_camera


@pytest.fixture(scope='module')
def board(tmp_path_factory):
    return write_images(tmp_path_factory.mktemp('board') / 'bilder größer', board_views())


@pytest.fixture(scope='module')
def calibration(board):
    return calibrate(str(board), BOARD)


def test_calibration_finds_the_camera(calibration):
    np.testing.assert_allclose(calibration.cam2img, CAM2IMG, atol=1.)
    np.testing.assert_allclose(calibration.distortion[:2], LENS[:2], atol=0.02)
    assert calibration.error < 0.2
    assert (calibration.used, calibration.seen, calibration.size) == (7, 8, SIZE)


def test_distortion_is_taken_out(calibration):
    """Rows of corners are curved before and straight after; K is that of the new image."""
    camera = make_camera(SIZE, calibration=calibration)
    bends = []
    for view in board_views():
        found = [cv2.findChessboardCorners(image, BOARD) for image in (view, camera.develop(view))]
        if all(whole for whole, _ in found):  # the new image may lack a corner of the board
            boards = [np.asarray(corners).reshape(BOARD[1], BOARD[0], 2) for _, corners in found]
            bends.append([max(map(_bend, board)) for board in boards])
    before, after = np.max(bends, axis=0)
    assert len(bends) >= 3 and after < 0.5 < 1.5 < before
    # A point of the scene lies where the new K says.
    point = np.array([[[0.3, -0.2]]])
    recorded = cv2.projectPoints(np.array([[[0.3, -0.2, 1.]]]), np.zeros(3), np.zeros(3), CAM2IMG,
                                 LENS)[0].ravel()
    dot = np.zeros((SIZE[1], SIZE[0], 3), np.float32)
    cv2.circle(dot, tuple(np.rint(recorded).astype(int).tolist()), 2, (255, ) * 3, -1)
    weights = camera.develop(dot)[:, :, 0]
    rows, columns = np.mgrid[:SIZE[1], :SIZE[0]]
    seen = np.array([(weights * columns).sum(), (weights * rows).sum()]) / weights.sum()
    wanted = (camera.cam2img @ [*point[0, 0], 1])[:2]
    assert np.abs(seen - wanted - (np.rint(recorded) - recorded)).max() < 0.7


def _bend(points) -> float:
    """Largest distance from the straight line through the first and the last point."""
    along = (points[-1] - points[0]) / np.linalg.norm(points[-1] - points[0])
    offsets = points - points[0]
    return np.abs(offsets[:, 0] * along[1] - offsets[:, 1] * along[0]).max()


def test_the_board_must_be_there(board, tmp_path):
    with pytest.raises(ValueError, match=r'8x6 inner corners was found in 0 of 8 pictures, at lea'):
        calibrate(str(board), (8, 6))
    empty = write_images(tmp_path / 'empty', [texture(SIZE)] * 2)
    with pytest.raises(ValueError, match='found in 0 of 2 pictures'):
        calibrate(str(empty), BOARD)
    with pytest.raises(ValueError, match='2x2 inner corners is too small'):
        calibrate(str(board), (2, 2))
    with pytest.raises(FileNotFoundError, match='No such video or folder'):
        calibrate(str(tmp_path / 'absent'), BOARD)


def test_a_calibration_of_another_size(calibration):
    camera = make_camera((640, 384), calibration=calibration)
    same = make_camera(SIZE, calibration=calibration)
    assert camera.cam2img[0, 0] == pytest.approx(2 * same.cam2img[0, 0], rel=0.01)
    with pytest.raises(ValueError, match='320x192 pixels, the recording is 320x240: another shape'):
        make_camera((320, 240), calibration=calibration)


def test_given_intrinsics():
    camera = make_camera((320, 192), intrinsics=(200, 210, 159, 90))
    np.testing.assert_array_equal(camera.cam2img, [[200, 0, 159], [0, 210, 90], [0, 0, 1]])
    image = texture(SIZE)
    np.testing.assert_array_equal(camera.develop(image), image)
    assert camera.warning == ''


def test_field_of_view():
    camera = make_camera((320, 192), fov_deg=90)
    np.testing.assert_allclose(camera.cam2img, [[160, 0, 159.5], [0, 160, 95.5], [0, 0, 1]])
    assert camera.warning.startswith('K is an assumption')


def test_crop_and_resize_change_image_and_k_together():
    """A dot keeps its ray."""
    camera = make_camera((320, 192), intrinsics=(200, 200, 160, 70), scale=(160, 80),
                         crop_bottom=0.25)
    assert camera.size == (160, 80)
    np.testing.assert_allclose(camera.cam2img, [
        [100, 0, 160.5 / 2 - 0.5], [0, 200 * 80 / 144, 70.5 * 80 / 144 - 0.5], [0, 0, 1]])
    image = np.zeros((192, 320, 3), np.uint8)
    image[100:104, 200:204] = 255
    small = camera.develop(image).astype(float)[:, :, 0]
    assert small.shape == (80, 160)
    row = (small.sum(1) * np.arange(80)).sum() / small.sum()
    assert row == pytest.approx((101.5 + 0.5) * 80 / 144 - 0.5, abs=0.05)


@pytest.mark.parametrize('arguments, message', [
    (dict(), 'exactly one of --intrinsics FX FY CX CY, --fov DEG and --chessboard'),
    (dict(fov_deg=90, intrinsics=(1, 1, 1, 1)), 'exactly one'),
    (dict(intrinsics=(200, 200, 400, 90)), r'principal point at \(400, 90\), outside the 320x192'),
    (dict(intrinsics=(0.6, 1.1, 0.5, 0.5)), 'looks normalised'),
    (dict(fov_deg=190), 'must lie between 0 and 180'),
    (dict(fov_deg=90, crop_bottom=1.), r'--crop-bottom must lie in \[0, 1\)'),
    (dict(fov_deg=90, crop_bottom=0.8), 'outside the 320x38 pixels of the images as written'),
])
def test_impossible_cameras(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_camera((320, 192), **arguments)
