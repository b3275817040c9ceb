"""Colour jitter."""

import pytest
import torch
from torchvision.transforms import ColorJitter as TorchvisionJitter
from torchvision.transforms import functional as F

from spidepth_mm.models.data_preprocessors.color_jitter import (
    ColorJitter,
    scale_brightness,
    scale_contrast,
    scale_saturation,
    shift_hue,
)


def colours():
    """Random ones, greys, pairs of equal channels, black and white."""
    image = torch.rand(2, 3, 24, 5)
    image[:, :, 0:4] = image[:, :1, 0:4]
    for row, (one, other) in enumerate([(0, 1), (1, 2), (2, 0)]):
        image[:, one, 4 + row] = image[:, other, 4 + row]
    image[:, :, 8], image[:, :, 9] = 0, 1
    image[:, 0, 10] = 1
    return image


@pytest.mark.parametrize('shift', [-0.5, -0.1, 0, 0.07, 1 / 3, 0.5])
def test_hue_turns_as_torchvisions(shift):
    image = colours()
    torch.testing.assert_close(
        shift_hue(image, shift), F.adjust_hue(image, shift), atol=3e-6, rtol=0)


@pytest.mark.parametrize('mine, theirs', [
    (scale_brightness, F.adjust_brightness), (scale_contrast, F.adjust_contrast),
    (scale_saturation, F.adjust_saturation)])
@pytest.mark.parametrize('factor', [0, 0.7, 1, 1.6])
def test_the_other_changes_are_torchvisions(mine, theirs, factor):
    image = colours()
    before = image.clone()
    torch.testing.assert_close(mine(image, factor), theirs(image, factor), atol=1e-6, rtol=0)
    assert torch.equal(image, before)


def test_a_third_of_a_turn_makes_red_green():
    red = torch.tensor([1., 0, 0]).view(3, 1, 1)
    torch.testing.assert_close(shift_hue(red, 1 / 3).flatten(), torch.tensor([0., 1, 0]))


@pytest.mark.parametrize('options', [
    dict(brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1), dict(hue=0.5),
    dict(brightness=0.4, contrast=0.3), dict()])
def test_the_same_seed_gives_torchvisions_colours(options):
    image = colours()
    for seed in range(6):
        torch.manual_seed(seed)
        mine = ColorJitter(**options)(image)
        torch.manual_seed(seed)
        expected = TorchvisionJitter(**options)(image)
        torch.testing.assert_close(mine, expected, atol=5e-6, rtol=0)
