import numpy as np

from spidepth_mm.datasets.synthetic.road import HALF_WIDTH, Road
from spidepth_mm.datasets.synthetic.trajectory import (
    BASELINE,
    CAMERA_HEIGHT,
    Trajectory,
    right_camera,
    rotation,
)


def _drive(seed):
    rng = np.random.default_rng(seed)
    road = Road.draw(rng)
    return road, Trajectory.draw(rng, road, 30)


def test_steps_and_height_are_a_cars():
    for seed in range(5):
        _, trajectory = _drive(seed)
        steps = np.linalg.norm(np.diff(trajectory.world_from_camera[:, :3, 3], axis=0), axis=1)
        assert steps.min() > 0.55 and steps.max() < 1.3
        heights = -trajectory.world_from_camera[:, 1, 3]
        assert np.abs(heights - CAMERA_HEIGHT).max() < 0.03


def test_poses_are_rigid_and_look_along_the_road():
    road, trajectory = _drive(1)
    for pose in trajectory.world_from_camera:
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
        x, _, z = pose[:3, 3]
        assert 0 < road.across(x, z) < HALF_WIDTH / 2
        assert abs(np.arctan2(pose[0, 2], pose[2, 2]) - np.arctan(road.slope(z))) < 0.03


def test_right_camera_is_one_baseline_to_the_right():
    left = np.eye(4)
    left[:3, :3], left[:3, 3] = rotation(0.3, 0.1, 0.05), (1, 2, 3)
    left_from_right = np.linalg.inv(left) @ right_camera(left)
    np.testing.assert_allclose(left_from_right[:3, 3], [BASELINE, 0, 0], atol=1e-12)
    np.testing.assert_allclose(left_from_right[:3, :3], np.eye(3), atol=1e-12)


def test_rotation_signs():
    forward = np.array([0, 0, 1])
    assert (rotation(0.1) @ forward)[0] > 0  # yaw to the right
    assert (rotation(0, 0.1) @ forward)[1] < 0  # pitch upwards, y points down


def test_place_is_where_across_says():
    road, _ = _drive(2)
    for across in (-12.0, -3.0, 0.0, 5.0):
        x, z, _ = road.place(40.0, across)
        assert abs(road.across(x, z) - across) < 0.06 * max(abs(across), 1)
