"""Depthwise convolution whose gradients, on a processor, are depthwise convolutions too.

PyTorch's own gradient of the weights takes ten times as long as the
convolution, in bfloat16 thirty times. It is the correlation of the input with
the output's gradient, channel by channel: a depthwise convolution of the input
in which the gradient is the kernel, and for those the processor's library has
fast code, whatever the kernel's size.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from spidepth_mm.utils.recording import is_recorded


class DepthwiseConv2d(nn.Conv2d):
    """An ``nn.Conv2d`` that runs as :func:`depthwise_conv2d` where that is possible."""

    def forward(self, x: Tensor) -> Tensor:
        dtype = torch.get_autocast_dtype('cpu') if torch.is_autocast_enabled('cpu') else x.dtype
        kernel = self.kernel_size[0]
        fits = (
            x.device.type == 'cpu' and dtype in (torch.float32, torch.bfloat16)
            and self.groups == self.in_channels == self.out_channels
            and self.kernel_size == (kernel, kernel) and kernel % 2 == 1
            and self.padding == (kernel // 2, kernel // 2) and self.padding_mode == 'zeros'
            and self.stride == self.dilation == (1, 1) and self.bias is not None)
        if not (fits and torch.is_grad_enabled() and self.weight.requires_grad) or is_recorded():
            return super().forward(x)
        return depthwise_conv2d(x.to(dtype), self.weight.to(dtype), self.bias.to(dtype))


def depthwise_conv2d(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``F.conv2d(x, weight, bias, padding=k // 2, groups=C)``, faster backward.

    Args:
        x (Tensor): (B, C, H, W), best in channels_last.
        weight (Tensor): (C, 1, k, k), k odd.
        bias (Tensor): (C,).

    Returns:
        Tensor: (B, C, H, W).
    """
    return _DepthwiseConv.apply(x, weight, bias)


class _DepthwiseConv(torch.autograd.Function):

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2, groups=len(weight))

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        by_x = by_weight = by_bias = None
        if ctx.needs_input_grad[0]:
            by_x = F.conv2d(grad, weight.flip(2, 3), padding=weight.shape[-1] // 2,
                            groups=len(weight))
        if ctx.needs_input_grad[1]:
            by_weight = weight_gradient(x, grad, weight.shape[-1])
        if ctx.needs_input_grad[2]:
            by_bias = grad.sum((0, 2, 3))
        return by_x, by_weight, by_bias


def weight_gradient(x: Tensor, grad: Tensor, kernel: int) -> Tensor:
    """Gradient of a depthwise convolution's weight (C, 1, k, k).

    Args:
        x (Tensor): The input, (B, C, H, W).
        grad (Tensor): Gradient of the output, (B, C, H, W).
        kernel (int): k, odd.
    """
    batch, channels, *size = x.shape
    pad = kernel // 2
    if min(size) <= pad:
        # The library is slow where no row or column of the kernel lies inside the map.
        x, pad = F.pad(x, 4 * (pad, )), 0
    maps = x.reshape(1, -1, *x.shape[2:])
    kernels = grad.reshape(-1, 1, *size)
    sums = F.conv2d(maps, kernels, padding=pad, groups=len(kernels))
    return sums.view(batch, channels, kernel, kernel).sum(0).unsqueeze(1)
