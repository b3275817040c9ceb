"""The camera's height above a road, on planes and on a real street."""

import cv2
import numpy as np
import pytest

from spidepth_mm.evaluation.ground_plane import fit_ground_plane

CAM2IMG = np.array([[300., 0, 159.5], [0, 300, 95.5], [0, 0, 1]])
SHAPE = (192, 320)


def road(height=1.65, pitch_deg=0., roll_deg=0.) -> np.ndarray:
    """Depth of a plane below a camera that is pitched and rolled; 0 above the horizon."""
    turn = cv2.Rodrigues(np.radians([pitch_deg, 0, 0]))[0] @ cv2.Rodrigues(
        np.radians([0, 0, roll_deg]))[0]
    normal = turn @ [0, 1, 0]
    rows, columns = np.mgrid[:SHAPE[0], :SHAPE[1]]
    rays = np.stack([columns, rows, np.ones(SHAPE)], -1) @ np.linalg.inv(CAM2IMG).T
    downward = rays @ normal
    return np.where(downward > 0.02, height / np.maximum(downward, 0.02), 0)


@pytest.mark.parametrize('pitch, roll', [(0, 0), (4, 0), (-3, 2), (0, -6)])
def test_height_of_a_plane(pitch, roll):
    plane = fit_ground_plane(road(1.65, pitch, roll), CAM2IMG)
    assert plane.height == pytest.approx(1.65, rel=1e-6)
    assert plane.share == 1
    np.testing.assert_allclose(np.linalg.norm(plane.normal), 1)
    assert plane.normal[1] > 0.99


def test_noise_and_other_things_on_the_road():
    draw = np.random.RandomState(0)
    depth = road() * draw.uniform(0.98, 1.02, SHAPE)
    depth[:, 150:200] = 6.  # a car
    depth[draw.rand(*SHAPE) < 0.3] = 0
    plane = fit_ground_plane(depth, CAM2IMG)
    assert plane.height == pytest.approx(1.65, rel=0.01)
    assert 0.5 < plane.share < 0.9


def test_height_is_in_the_unit_of_the_depth():
    one, three = (fit_ground_plane(factor * road(1.65, 2), CAM2IMG) for factor in (1e-3, 3))
    assert three.height / one.height == pytest.approx(3e3)


def test_a_wall_is_no_road():
    with pytest.raises(ValueError, match='No plane below the camera'):
        fit_ground_plane(np.full(SHAPE, 5.), CAM2IMG)
    with pytest.raises(ValueError, match='0 pixels with depth where the road should be'):
        fit_ground_plane(np.zeros(SHAPE), CAM2IMG)


def test_a_real_street(real_data):
    """KITTI's camera is 1.65 m above the road; depth is from stereo matching."""
    folder = real_data / 'kitti_odometry' / 'sequences' / 'A'
    numbers = (folder / 'calib.txt').read_text().splitlines()[0].split()[1:]
    cam2img = np.array(numbers, float).reshape(3, 4)[:, :3]
    heights = [fit_ground_plane(cv2.imread(str(path), cv2.IMREAD_UNCHANGED) / 256, cam2img).height
               for path in sorted((folder / 'depth_stereo').glob('*.png'))]
    assert len(heights) == 11
    assert np.median(heights) == pytest.approx(1.65, rel=0.02)
    assert np.abs(np.array(heights) / 1.65 - 1).max() < 0.05
