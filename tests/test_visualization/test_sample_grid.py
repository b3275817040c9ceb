"""Whether a sample's geometry fits, in pictures."""

import cv2
import numpy as np
import pytest

from spidepth_mm.visualization.sample_grid import (
    distinct_points,
    epipolar_line,
    frame_row,
    geometry_rows,
    overlay_depth,
    warp,
)

LABEL = 18
CAM2IMG = np.array([[40., 0, 48], [0, 40., 16], [0, 0, 1]])
FOCAL, BASELINE, DEPTH = 40., 0.5, 5.


@pytest.fixture
def wall():
    """Target and right partner of a wall 5 m away: 4 pixels apart."""
    noise = np.random.RandomState(0).randint(0, 256, (32, 104, 3), np.uint8)
    noise = cv2.GaussianBlur(noise, (5, 5), 0)
    return [noise[:, :96], noise[:, 4:100]]


@pytest.fixture
def motion():
    moved = np.eye(4)
    moved[0, 3] = -BASELINE
    return moved


def test_the_true_motion_and_depth_undo_the_shift(wall, motion):
    depth = np.full((32, 96), DEPTH, np.float32)
    depth[:2] = 0
    warped, valid = warp(wall[1], depth, CAM2IMG, motion)
    assert not valid[:2].any()
    assert not valid[:, :4].any()
    assert valid[2:, 4:].all()
    assert (warped[valid] == wall[0][valid]).all()


def test_epipolar_lines_of_a_stereo_pair_are_rows(motion):
    line = epipolar_line((60, 7), CAM2IMG, motion)
    assert line[:, 1] == pytest.approx(7)
    assert (np.diff(line[:, 0]) > 0).all()
    # Near to far: up to where it is in the target.
    assert line[0, 0] == pytest.approx(60 - FOCAL * BASELINE / 1.5)
    assert line[-1, 0] == pytest.approx(60, abs=0.1)


def test_rows_with_and_without_ground_truth(wall, motion):
    frames = [*wall, wall[0]]
    depth = np.full((32, 96), DEPTH, np.float32)
    rows = geometry_rows(frames, ('s', 1), CAM2IMG, dict(s=motion), depth)
    assert [len(row) for row in rows] == [4]
    lines = geometry_rows(frames, ('s', 1), CAM2IMG, {'s': motion, 1: motion})
    assert [len(row) for row in lines] == [3]
    assert (lines[0][0][LABEL:] != wall[0]).any()
    assert geometry_rows(frames, ('s', 1), CAM2IMG, {}) == []


def test_the_row_of_frames_begins_with_the_target(wall):
    row = frame_row(wall, ('s', ))
    assert len(row) == 2
    assert (row[1][LABEL:] == wall[1]).all()
    assert len(frame_row(wall, ('s', ), np.zeros((32, 96)))) == 3


def test_ground_truth_lies_over_a_darker_image(wall):
    depth = np.zeros((32, 96))
    depth[10, 10] = 4.
    shown = overlay_depth(wall[0], depth)
    assert (shown[20:] == wall[0][20:] // 2).all()
    assert (shown[9:12, 9:12] == shown[10, 10]).all()


def test_a_flat_image_has_no_points():
    assert distinct_points(np.zeros((32, 96, 3), np.uint8)).shape == (0, 2)
