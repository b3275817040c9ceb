"""Disparity at several scales."""

import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData

from spidepth_mm.structures import DepthDataSample


@pytest.fixture
def features():
    return [torch.randn(2, c, 16 // 2**i, 24 // 2**i) for i, c in enumerate((4, 5, 6))]


@pytest.fixture
def small(build):
    return lambda **kwargs: build('MultiScaleDisparityHead', **{
        'in_channels': [4, 5, 6], 'depth_range': (0.5, 20.), **kwargs})


def test_each_scale_by_hand(small, features):
    head = small()
    scales = head.forward_scales(features)
    assert torch.equal(head(features), scales[0])
    for conv, x, depth in zip(head.convs, features, scales):
        x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode='reflect'), conv.weight, conv.bias)
        sigmoid = 1 / (1 + torch.exp(-x))
        torch.testing.assert_close(1 / depth, 1 / 20 + (1 / 0.5 - 1 / 20) * sigmoid)


def test_depth_stays_in_its_range(small, features):
    depth = small()([1e4 * x for x in features])
    assert depth.min().item() == pytest.approx(0.5)
    assert depth.max().item() == pytest.approx(20.)


def test_feature_maps_are_picked(small, features):
    head = small(in_channels=[5, 6], in_index=(1, 2))
    plain = small(in_channels=[5, 6])
    plain.load_state_dict(head.state_dict())
    for found, expected in zip(head.forward_scales(features), plain.forward_scales(features[1:])):
        assert torch.equal(found, expected)


def test_resizing_interpolates_disparity(small):
    head = small()
    depth = torch.tensor([1., 9.]).view(1, 1, 1, 2)
    expected = 1 / F.interpolate(1 / depth, (2, 6), mode='bilinear', align_corners=False)
    torch.testing.assert_close(head.resize(depth, (2, 6)), expected)


def test_the_contract_of_decode_heads(small, features):
    head = small(loss_decode=dict(type='SILogLoss'))
    metas = [dict(img_shape=(32, 48))] * 2
    depth = head.predict(features, metas)
    torch.testing.assert_close(depth, head.resize(head(features), (32, 48)))
    samples = []
    for _ in range(2):
        sample = DepthDataSample()
        sample.gt_depth_map = PixelData(data=1 + 9 * torch.rand(1, 32, 48))
        samples.append(sample)
    target = torch.stack([sample.gt_depth_map.data for sample in samples])
    assert head.loss(features, samples)['loss_silog'].item() == pytest.approx(
        head.loss_decode[0](depth, target).item())


def test_half_precision_gives_depth_in_full(small, features):
    head = small()
    exact = head(features)
    with torch.autocast('cpu', torch.bfloat16):
        depth = head(features)
    assert depth.dtype == torch.float32
    torch.testing.assert_close(depth, exact, rtol=0.05, atol=0)


def test_the_depth_that_training_starts_from_is_a_field(small, features):
    head = small(init_cfg=dict(type='Normal', layer='Conv2d', std=1e-6, bias_prob=0.1))
    head.init_weights()
    expected = 1 / (1 / 20 + (1 / 0.5 - 1 / 20) * 0.1)
    assert head(features).mean().item() == pytest.approx(expected, rel=1e-3)
    assert math.isclose(expected, 4.0816, rel_tol=1e-4)


def test_bad_arguments(small):
    with pytest.raises(ValueError, match=r'0 < min < max, got \(3, 2\)'):
        small(depth_range=(3, 2))
    with pytest.raises(ValueError, match=r'3 in_channels \(4, 5, 6\) and in_index=\(0,\)'):
        small(in_index=[0])
