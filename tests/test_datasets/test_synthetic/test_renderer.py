"""True depth and true pose carry one picture into the other; wrong ones do not."""

import cv2
import numpy as np
import pytest

from spidepth_mm.datasets.synthetic.calibration import Calibration
from spidepth_mm.datasets.synthetic.drive import plan_drive, render_stereo
from spidepth_mm.datasets.synthetic.trajectory import right_camera

SIZE = (320, 96)
TARGET = 2
CAM2IMG = Calibration.for_size(SIZE).cam2img


@pytest.fixture(scope='module')
def drive():
    scene, trajectory = plan_drive(0, 9601, SIZE, 5)
    pictures = {f: render_stereo(scene, trajectory, CAM2IMG, SIZE, f) for f in (1, 2, 3)}
    return trajectory, pictures


def _sampling_map(depth, source_from_target):
    """Where each target pixel lies in the source: (2, H, W) pixels, and its depth there."""
    height, width = depth.shape
    v, u = np.mgrid[:height, :width]
    pixels = np.stack([u.ravel(), v.ravel(), np.ones(u.size)])
    points = np.linalg.inv(CAM2IMG) @ pixels * depth.ravel()
    points = source_from_target[:3, :3] @ points + source_from_target[:3, 3:]
    projected = CAM2IMG @ points
    z = np.maximum(projected[2], 1e-3)
    return (projected[:2] / z).reshape(2, height, width).astype(np.float32), \
        z.reshape(height, width)


def _warp_error(target, source, depth, source_from_target):
    """Mean absolute error on pixels that stand still and are seen in both pictures."""
    height, width = depth.shape
    (true_x, true_y), true_z = _sampling_map(target.depth, source_from_target['true'])
    there = cv2.remap(source.depth, true_x, true_y, cv2.INTER_NEAREST)
    moving = cv2.remap(source.moving.astype(np.uint8), true_x, true_y, cv2.INTER_NEAREST) > 0
    x, y = _sampling_map(depth, source_from_target['used'])[0]
    valid = (target.depth > 0) & ~target.moving & ~moving
    valid &= np.abs(there - true_z) < 0.02 * true_z
    for mx, my in ((true_x, true_y), (x, y)):
        valid &= (mx >= 0) & (mx <= width - 1) & (my >= 0) & (my <= height - 1)
    assert valid.mean() > 0.3
    warped = cv2.remap(source.image.astype(np.float32), x, y, cv2.INTER_LINEAR)
    return np.abs(warped - target.image)[valid].mean()


@pytest.mark.parametrize('source_name', ['previous', 'next', 'stereo'])
def test_true_geometry_reproduces_the_target(drive, source_name):
    trajectory, pictures = drive
    target, target_pose = pictures[TARGET][0], trajectory.world_from_camera[TARGET]
    if source_name == 'stereo':
        source, source_pose = pictures[TARGET][1], right_camera(target_pose)
    else:
        frame = TARGET + (1 if source_name == 'next' else -1)
        source, source_pose = pictures[frame][0], trajectory.world_from_camera[frame]
    true = np.linalg.inv(source_pose) @ target_pose

    def error(depth, used):
        return _warp_error(target, source, depth, dict(true=true, used=used))

    right = error(target.depth, true)
    assert right < 4.5  # of 255: what bilinear resampling costs
    assert error(target.depth * 1.2, true) > 1.6 * right
    assert error(target.depth / 1.2, true) > 1.6 * right
    assert error(target.depth, np.eye(4)) > 3 * right
    assert error(target.depth, np.linalg.inv(true)) > 3 * right


def test_some_vehicle_moves_and_the_rest_stands(drive):
    _, pictures = drive
    shares = [picture.moving.mean() for pair in pictures.values() for picture in pair]
    assert 0.001 < np.mean(shares) < 0.3


def test_pictures_have_texture_on_road_and_walls(drive):
    _, pictures = drive
    picture = pictures[TARGET][0]
    grey = picture.image.mean(-1)
    contrast = np.abs(np.diff(grey, axis=1))
    for low, high in ((4, 12), (12, 25), (25, 60)):
        at = (picture.depth[:, 1:] > low) & (picture.depth[:, 1:] < high)
        assert np.median(contrast[at]) > 1.5


def test_depth_is_not_told_by_the_row_alone(drive):
    _, pictures = drive
    depth = pictures[TARGET][0].depth.astype(np.float64)
    known = np.where((depth > 0) & (depth < 80), depth, np.nan)
    known = known[~np.isnan(known).all(1)]
    by_row = np.nanmedian(known, axis=1, keepdims=True)
    assert np.nanmean(np.abs(by_row - known) / known) > 0.15


def test_sky_has_no_depth_and_is_brighter(drive):
    _, pictures = drive
    picture = pictures[TARGET][0]
    sky = picture.depth == 0
    assert 0.02 < sky.mean() < 0.4
    assert picture.image[sky].mean() > picture.image[~sky].mean() + 40
