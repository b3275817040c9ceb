"""Results side by side."""

import cv2
import numpy as np
import pytest

from spidepth_mm.visualization import (
    colorize_depth,
    colorize_error,
    depth_panels,
    disparity_range,
    stack_grid,
    write_picture,
)

LABEL = 18


@pytest.fixture
def image():
    return np.random.randint(0, 256, (20, 90, 3)).astype(np.uint8)


@pytest.fixture
def depth():
    return 2 + 30 * np.random.rand(20, 90).astype(np.float32)


def test_a_prediction_alone_has_two_panels(image, depth):
    panels = depth_panels(image, depth)
    assert [panel.shape for panel in panels] == [(20 + LABEL, 90, 3)] * 2
    assert (panels[0][LABEL:] == image).all()
    assert (panels[1][LABEL:] == colorize_depth(depth)).all()
    assert panels[0][:LABEL].any()


def test_ground_truth_adds_itself_and_the_error(image, depth):
    target = 1.3 * depth
    panels = depth_panels(image, depth, target)
    assert [panel.shape for panel in panels] == [(20 + LABEL, 90, 3)] * 4
    limits = disparity_range(target)
    assert (panels[1][LABEL:] == colorize_depth(depth, limits)).all()
    assert (panels[2][LABEL:] == colorize_depth(target, limits)).all()
    assert (panels[3][LABEL:] == colorize_error(depth, target)).all()


def test_the_scale_is_applied_to_the_prediction(image, depth):
    target = 1.3 * depth
    panels = depth_panels(image, depth, target, scale=1.3)
    assert (panels[1][LABEL:] == panels[2][LABEL:]).all()
    assert (panels[3][LABEL:] == colorize_error(target, target)).all()


def test_sparse_ground_truth_is_thickened(image, depth):
    target = np.zeros_like(depth)
    target[10, 10::20] = 7.
    shown = depth_panels(image, depth, target)[2][LABEL:]
    assert (shown.any(-1)).sum() == 9 * 4


def test_ground_truth_without_a_point(image, depth):
    panels = depth_panels(image, depth, np.zeros_like(depth))
    assert not panels[2][LABEL:].any()
    assert not panels[3][LABEL:].any()
    assert panels[1][LABEL:].any()


def test_a_note_is_written_on_the_prediction(image, depth):
    plain, noted = (depth_panels(image, depth, note=note)[1] for note in ('', '(0.1)'))
    assert (plain[:LABEL] != noted[:LABEL]).any()
    assert (plain[LABEL:] == noted[LABEL:]).all()


def test_rows_are_stacked():
    one, two = (np.full((4, 6, 3), value, np.uint8) for value in (1, 2))
    grid = stack_grid([[one, two], [two, one], [one, one]])
    assert grid.shape == (12, 12, 3)
    assert grid[0, 0, 0] == 1
    assert grid[0, 6, 0] == 2
    assert grid[4, 0, 0] == 2


def test_a_written_picture_is_read_back(image, tmp_path):
    path = tmp_path / 'Tiefe-é-深度.png'
    write_picture(str(path), image)
    read = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert (read[..., ::-1] == image).all()


def test_a_missing_folder_is_an_error(image, tmp_path):
    with pytest.raises(OSError):
        write_picture(str(tmp_path / 'nowhere' / 'a.png'), image)
