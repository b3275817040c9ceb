"""Training and its samples in pictures."""

import numpy as np
import pytest

from spidepth_mm.geometry import transform_from_axisangle
from spidepth_mm.visualization.training_grid import (
    describe_motion,
    difference,
    fit_width,
    ground_truth_panels,
    name_of_offset,
    source_panels,
    stack_rows,
    target_panels,
    to_uint8,
)

LABEL = 18


@pytest.fixture
def image():
    return np.random.randint(0, 256, (20, 90, 3)).astype(np.uint8)


def test_names():
    assert [name_of_offset(o) for o in (-1, 2, 's')] == ['source -1', 'source +2', 'stereo partner']


def test_a_motion_in_words():
    import torch
    motion = transform_from_axisangle(torch.tensor([[0., 0., np.pi / 180]]),
                                      torch.tensor([[3., 0., 4.]]))[0].numpy()
    assert describe_motion(motion) == 'moved 5, turned 1.00 deg'


def test_masked_pixels_are_red_and_others_as_they_are(image):
    used = np.ones((20, 90), bool)
    used[:, :45] = False
    panels = target_panels(image, np.full((20, 90), 3.), np.full((20, 90), 0.1), used)
    assert [panel.shape for panel in panels] == [(20 + LABEL, 90, 3)] * 4
    mask = panels[3][LABEL:]
    assert (mask[:, 45:] == image[:, 45:]).all()
    assert (mask[:, :45, 0].astype(int) > mask[:, :45, 1]).all()
    assert len(target_panels(image, np.full((20, 90), np.nan))) == 2


def test_the_difference_is_of_valid_pixels_on_the_scale_of_the_image(image):
    other = np.where(image > 127, image - 51, image + 51).astype(np.uint8)
    valid = np.ones((20, 90), bool)
    valid[0] = False
    values = difference(image, other, valid)
    assert values[1:] == pytest.approx(0.2)
    assert not values[0].any()


def test_what_a_source_does_not_show_is_black(image):
    valid = np.zeros((20, 90), bool)
    valid[5:] = True
    source, warped, before, after = source_panels(image, image // 2, image, valid)
    assert (source[LABEL:] == image // 2).all()
    assert (warped[LABEL + 5:] == image[5:]).all()
    for panel in (warped, before, after):
        assert not panel[LABEL:LABEL + 5].any()
    # No difference is the first colour everywhere, some difference is not.
    assert (after[LABEL + 5:] == after[-1, -1]).all()
    assert (before[LABEL + 5:] != after[LABEL + 5:]).any()


@pytest.mark.parametrize('target', [np.zeros((20, 90)), np.full((20, 90), 4.)])
def test_ground_truth(target):
    panels = ground_truth_panels(np.full((20, 90), 2.), target, scale=2.)
    assert [panel.shape for panel in panels] == [(20 + LABEL, 90, 3)] * 2
    error = panels[1][LABEL:]
    assert (error == error[0, 0]).all()
    assert error.any() == target.any()


def test_rows_may_differ_in_length_and_width(image):
    wide = np.ones((10, 200, 3), np.uint8)
    picture = stack_rows([[image, image], [wide], [image]])
    assert picture.shape == (20 + 10 + 20, 200, 3)
    assert (picture[:20, 90:180] == image).all()
    assert not picture[30:, 90:].any()
    assert stack_rows([[wide, wide], [image]], panel_width=100).shape == (5 + 20, 200, 3)


def test_only_wide_pictures_are_made_smaller(image):
    assert fit_width(image, 90) is image
    assert fit_width(image, None) is image
    assert fit_width(image, 45).shape == (10, 45, 3)


def test_images_become_bytes():
    values = np.array([0., 0.5, 1., 2., -1., np.nan], np.float32).reshape(1, 1, 6).repeat(3, 0)
    assert to_uint8(values)[0, :, 1].tolist() == [0, 128, 255, 255, 0, 0]
