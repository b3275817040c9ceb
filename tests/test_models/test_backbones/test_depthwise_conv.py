"""Depthwise convolution with fast gradients."""

import pytest
import torch
from closeness import relative_difference
from torch import nn

from spidepth_mm.models.backbones import depthwise_conv
from spidepth_mm.models.backbones.depthwise_conv import DepthwiseConv2d, depthwise_conv2d

# (batch, channels, height, width), kernel: maps larger, as large, and smaller than the rim.
SHAPES = [((2, 5, 12, 17), 7), ((3, 16, 24, 80), 7), ((2, 8, 3, 10), 7), ((2, 8, 1, 5), 7),
          ((1, 3, 1, 1), 7), ((2, 4, 9, 6), 3), ((2, 4, 5, 4), 1)]


def layer_and_gradients(cls, x, grad, dtype=torch.float32, **options):
    torch.manual_seed(0)
    channels = x.shape[1]
    options = dict(dict(kernel_size=7, padding=3, groups=channels), **options)
    layer = cls(channels, channels, **options)
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    with torch.autocast('cpu', torch.bfloat16, enabled=dtype == torch.bfloat16):
        out = layer(x)
    out.backward(grad.to(out.dtype))
    return out, x.grad, layer.weight.grad, layer.bias.grad


@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('shape, kernel', SHAPES)
def test_it_is_torchs_convolution(shape, kernel, memory_format):
    x, grad = (torch.randn(shape).to(memory_format=memory_format) for _ in range(2))
    options = dict(kernel_size=kernel, padding=kernel // 2)
    fast = layer_and_gradients(DepthwiseConv2d, x, grad, **options)
    plain = layer_and_gradients(nn.Conv2d, x, grad, **options)
    assert type(fast[0].grad_fn) is not type(plain[0].grad_fn)
    for mine, expected in zip(fast, plain):
        assert relative_difference(mine, expected) < 1e-5


def test_gradients_by_finite_differences():
    tensors = [torch.randn(shape, dtype=torch.float64, requires_grad=True)
               for shape in ((2, 3, 4, 5), (3, 1, 3, 3), (3, ))]
    assert torch.autograd.gradcheck(depthwise_conv2d, tensors)


def test_half_precision_is_as_exact_as_its_numbers():
    x, grad = torch.randn(2, 8, 6, 20), torch.randn(2, 8, 6, 20)
    half = layer_and_gradients(DepthwiseConv2d, x, grad, torch.bfloat16)
    full = layer_and_gradients(nn.Conv2d, x, grad)
    assert half[0].dtype == torch.bfloat16
    assert all(tensor.dtype == torch.float32 for tensor in half[1:])
    for mine, expected in zip(half, full):
        assert relative_difference(mine, expected) < 0.02


@pytest.mark.parametrize('options', [
    dict(stride=2), dict(dilation=2), dict(bias=False), dict(padding=1),
    dict(kernel_size=4, padding=2), dict(padding_mode='reflect'), dict(groups=2)])
def test_other_convolutions_stay_torchs(options):
    x = torch.randn(1, 4, 16, 16)
    options = dict(dict(kernel_size=7, padding=3, groups=4), **options)
    layer = DepthwiseConv2d(4, 4, **options)
    assert torch.equal(layer(x), nn.Conv2d.forward(layer, x))
    assert type(layer(x).grad_fn) is type(nn.Conv2d.forward(layer, x).grad_fn)


def test_only_needed_gradients_are_made(monkeypatch):
    def fail(*_):
        raise AssertionError('nobody asked for it')
    monkeypatch.setattr(depthwise_conv, 'weight_gradient', fail)
    layer = DepthwiseConv2d(4, 4, 7, padding=3, groups=4)
    x = torch.randn(1, 4, 8, 8, requires_grad=True)
    layer.requires_grad_(False)
    layer(x).sum().backward()
    assert x.grad is not None
