"""Global Response Normalisation."""

import pytest
import torch
import torch.nn.functional as F
from closeness import relative_difference
from mmpretrain.models.utils import GRN

from spidepth_mm.models.backbones.global_response_norm import (
    GlobalResponseNorm,
    global_response_norm,
    response_norm_linear,
)


def run(cls, x, grad):
    layer = cls(x.shape[-1])
    with torch.no_grad():
        layer.gamma.copy_(torch.linspace(-1, 2, x.shape[-1]))
        layer.beta.copy_(torch.linspace(0, 1, x.shape[-1]))
    x = x.clone().requires_grad_()
    out = layer(x, data_format='channel_last')
    out.backward(grad.to(out.dtype))
    return out, x.grad, layer.gamma.grad, layer.beta.grad


@pytest.mark.parametrize('shape', [(2, 6, 8, 16), (3, 1, 1, 5)])
def test_it_is_mmpretrains(shape):
    x, grad = torch.randn(shape), torch.randn(shape)
    for mine, expected in zip(run(GlobalResponseNorm, x, grad), run(GRN, x, grad)):
        assert relative_difference(mine, expected) < 1e-5


def test_channels_first_is_mmpretrains_own():
    x, layer = torch.randn(2, 4, 6, 8), GlobalResponseNorm(4)
    torch.nn.init.normal_(layer.gamma)
    torch.testing.assert_close(
        layer(x).permute(0, 2, 3, 1), layer(x.permute(0, 2, 3, 1), data_format='channel_last'))


def test_gradients_by_finite_differences():
    x, gamma, beta = (torch.randn(shape, dtype=torch.float64, requires_grad=True)
                      for shape in ((2, 3, 4, 5), (5, ), (5, )))
    assert torch.autograd.gradcheck(
        lambda *tensors: global_response_norm(*tensors, 1e-6), (x, gamma, beta))


def test_a_channel_of_zeros_has_a_gradient():
    x, grad = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    x[..., 2] = 0
    for mine, expected in zip(run(GlobalResponseNorm, x, grad), run(GRN, x, grad)):
        assert relative_difference(mine, expected) < 1e-5


def test_half_precision_stays_half():
    x, grad = torch.randn(2, 12, 40, 16), torch.randn(2, 12, 40, 16)
    half = run(GlobalResponseNorm, x.bfloat16(), grad)
    assert half[0].dtype == half[1].dtype == torch.bfloat16
    for mine, expected in zip(half, run(GRN, x, grad)):
        assert relative_difference(mine, expected) < 0.02


def linear_tensors(shape=(2, 3, 4, 5), out_channels=6, dtype=torch.float32):
    channels = shape[-1]
    return [torch.randn(size, dtype=dtype, requires_grad=True)
            for size in (shape, (channels, ), (channels, ), (out_channels, channels),
                         (out_channels, ))]


def joined(x, gamma, beta, weight, bias):
    return response_norm_linear(x, gamma, beta, 1e-6, weight, bias)


def apart(x, gamma, beta, weight, bias):
    layer = GRN(x.shape[-1])
    layer.gamma, layer.beta = torch.nn.Parameter(gamma), torch.nn.Parameter(beta)
    out = F.linear(layer(x, data_format='channel_last'), weight, bias)
    return out, layer


def test_joined_with_a_linear_layer_it_is_the_same():
    tensors = linear_tensors((3, 6, 8, 16))
    with torch.no_grad():
        tensors[0][..., 2] = 0
    expected, layer = apart(*tensors)
    grad = torch.randn_like(expected)
    x, _, _, weight, bias = tensors
    wanted = torch.autograd.grad(expected, [x, layer.gamma, layer.beta, weight, bias], grad)
    out = joined(*tensors)
    assert relative_difference(out, expected) < 1e-5
    for mine, theirs in zip(torch.autograd.grad(out, tensors, grad), wanted):
        assert relative_difference(mine, theirs) < 1e-5


def test_joined_gradients_by_finite_differences():
    assert torch.autograd.gradcheck(joined, linear_tensors(dtype=torch.float64))


def test_joined_in_half_precision():
    tensors = linear_tensors((2, 12, 20, 16))
    expected, _ = apart(*tensors)
    out = joined(tensors[0].bfloat16(), *tensors[1:])
    assert out.dtype == torch.bfloat16
    assert relative_difference(out, expected) < 0.02
    out.float().square().sum().backward()
    assert all(tensor.grad.dtype == torch.float32 for tensor in tensors)
