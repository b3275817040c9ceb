"""Stems that see several images."""

import pytest
import torch
from torch import nn

from spidepth_mm.models.backbones.input_channels import adapt_input_channels, adapt_stem_on_load


@pytest.mark.parametrize('num_images', [1, 2, 3])
def test_one_image_given_several_times_has_its_old_response(num_images):
    weight = torch.randn(4, 3, 5, 5)
    image = torch.randn(1, 3, 9, 9)
    adapted = adapt_input_channels(weight, 3 * num_images)
    assert adapted.shape == (4, 3 * num_images, 5, 5)
    response = nn.functional.conv2d(image.repeat(1, num_images, 1, 1), adapted)
    torch.testing.assert_close(response, nn.functional.conv2d(image, weight))


def test_channels_must_be_a_multiple():
    with pytest.raises(ValueError, match='3 input channels to 4: expected a multiple'):
        adapt_input_channels(torch.randn(4, 3, 5, 5), 4)


def test_a_nested_stem_is_adapted_under_any_prefix():
    inner = nn.Sequential(nn.Sequential(nn.Conv2d(6, 2, 3), nn.ReLU()), nn.Conv2d(2, 3, 1))
    adapt_stem_on_load(inner)
    outer = nn.ModuleDict(dict(net=inner))
    state = outer.state_dict()
    state['net.0.0.weight'] = torch.ones(2, 3, 3, 3)
    outer.load_state_dict(state)
    assert (inner[0][0].weight == 0.5).all()
    assert state['net.0.0.weight'].shape[1] == 3
