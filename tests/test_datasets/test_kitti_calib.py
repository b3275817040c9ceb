import numpy as np
import pytest

from spidepth_mm.datasets import kitti_calib


def _write(tmp_path, text):
    path = tmp_path / 'calib.txt'
    path.write_text(text)
    return str(path)


def test_reads_numbers_and_skips_dates(tmp_path):
    path = _write(tmp_path, 'calib_time: 09-Jan-2012 13:57:47\nS_02: 1.2e+03 375\nno colon\n')
    calibration = kitti_calib.read_calib_file(path)
    assert list(calibration) == ['S_02']
    np.testing.assert_array_equal(calibration['S_02'], [1200, 375])


def test_names_file_and_missing_key(tmp_path):
    path = _write(tmp_path, 'R: 1 0 0 0 1 0 0 0 1\n')
    calibration = kitti_calib.read_calib_file(path)
    with pytest.raises(ValueError, match=r'calib.txt: calibration without P_rect_02; it has R'):
        kitti_calib.matrix(calibration, 'P_rect_02', 3, 4, path)
    with pytest.raises(ValueError, match='R has 9 numbers, expected 12'):
        kitti_calib.matrix(calibration, 'R', 3, 4, path)


def test_refuses_what_is_no_calibration(tmp_path):
    with pytest.raises(ValueError, match='not a KITTI calibration'):
        kitti_calib.read_calib_file(_write(tmp_path, 'hello\n'))
    with pytest.raises(FileNotFoundError, match=r'No calibration file .*none.txt'):
        kitti_calib.read_calib_file(str(tmp_path / 'none.txt'))


def test_stereo_transform_reproduces_both_projections():
    left = np.array([[720.0, 0, 610, 45], [0, 720, 173, 0.2], [0, 0, 1, 0.003]])
    right = np.array([[720.0, 0, 610, -340], [0, 720, 173, 2.2], [0, 0, 1, 0.002]])
    transform = kitti_calib.source_from_target(right, left)
    np.testing.assert_allclose(transform[0, 3], -385 / 720, atol=1e-3)
    np.testing.assert_allclose(transform[:3, :3], np.eye(3), atol=0)
    point = np.array([2.0, 1, 12, 1])  # in rectified camera 0
    in_left = np.linalg.solve(left[:, :3], left @ point)
    in_right = (transform @ np.append(in_left, 1))[:3]
    np.testing.assert_allclose(right[:, :3] @ in_right, right @ point, rtol=1e-12)


def test_partner_of_the_right_camera_is_to_the_left():
    left, right = np.zeros((3, 4)), np.zeros((3, 4))
    left[:, :3] = right[:, :3] = [[700, 0, 600], [0, 700, 180], [0, 0, 1]]
    right[0, 3] = -0.5 * 700
    assert kitti_calib.source_from_target(right, left)[0, 3] == pytest.approx(-0.5)
    assert kitti_calib.source_from_target(left, right)[0, 3] == pytest.approx(0.5)


def test_velodyne_projection_by_hand(tmp_path, kitti_raw, drive):
    day = kitti_raw() / drive.date
    paths = [str(day / 'calib_cam_to_cam.txt'), str(day / 'calib_velo_to_cam.txt')]
    calibrations = [kitti_calib.read_calib_file(path) for path in paths]
    projection = kitti_calib.image_from_velodyne(*calibrations, 2, *paths)
    # 10.3 m ahead and 1 m to the left of the scanner: 10 m ahead of the camera.
    u, v, w = projection @ [10.3, 1, 0.5, 1]
    assert w == pytest.approx(10)
    assert u / w == pytest.approx(61 - 7.2 + 0.432)
    assert v / w == pytest.approx(18 - 3.6)
