"""SQLdepth's decoder for ResNet; its numbers are met in the tests of weight conversion."""

import warnings

import pytest
import torch
import torch.nn.functional as F


def maps(channels, sizes, batch=2):
    return [torch.randn(batch, c, *s, requires_grad=True) for c, s in zip(channels, sizes)]


def test_step_by_step(build):
    neck = build('DenseDepthDecoder', in_channels=[3, 4], decoder_channels=[6, 5], out_channels=2)
    neck.eval()
    fine, coarse = maps((3, 4), ((8, 12), (4, 6)))
    # A 1x1 convolution with padding 1: a border that holds the bias alone.
    bottom = torch.einsum('oi,bihw->bohw', neck.bottleneck.weight[:, :, 0, 0], coarse)
    bottom = F.pad(bottom, (1, 1, 1, 1)) + neck.bottleneck.bias[:, None, None]
    assert bottom.shape == (2, 6, 6, 8)
    up = F.interpolate(bottom, (8, 12), mode='bilinear', align_corners=True)
    x = torch.cat([up, fine], 1)
    block = neck.up_blocks[0]
    for layer in (block.conv1, block.conv2):
        x = F.conv2d(x, layer.conv.weight, layer.conv.bias, padding=1)
        x = layer.bn(x)
        x = torch.where(x > 0, x, 0.01 * x)
    expected = F.conv2d(x, neck.out_conv.weight, neck.out_conv.bias, padding=1)
    output, = neck([fine, coarse])
    torch.testing.assert_close(output, expected)


def test_odd_sizes(build):
    neck = build('DenseDepthDecoder', in_channels=[4, 6, 8], decoder_channels=[8, 6, 4],
                 out_channels=3)
    assert neck(maps((4, 6, 8), ((7, 11), (4, 5), (2, 3))))[0].shape == (2, 3, 7, 11)


def test_all_inputs_and_weights_take_part(build):
    neck = build('DenseDepthDecoder', in_channels=[4, 6], decoder_channels=[6, 4], out_channels=2,
                 norm_cfg=None)
    features = maps((4, 6), ((8, 8), (4, 4)))
    neck(features)[0].square().sum().backward()
    assert all(feature.grad.abs().sum() > 0 for feature in features)
    assert all(parameter.grad.abs().sum() > 0 for parameter in neck.parameters())


def test_building_is_silent(build):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        build('DenseDepthDecoder', in_channels=[4, 6], decoder_channels=[6, 4])


def test_channels_are_counted(build):
    with pytest.raises(ValueError, match=r'2 in_channels \(4, 6\) and 3 decoder_channels'):
        build('DenseDepthDecoder', in_channels=[4, 6], decoder_channels=[6, 4, 3])
