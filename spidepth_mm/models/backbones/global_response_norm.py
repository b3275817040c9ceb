"""Global Response Normalisation in few passes over the map."""

from __future__ import annotations

import torch
from mmpretrain.models.utils import GRN
from torch import Tensor
from torch.autograd.function import once_differentiable

from spidepth_mm.utils.recording import is_recorded


class GlobalResponseNorm(GRN):
    """mmpretrain's ``GRN`` that runs as :func:`global_response_norm`."""

    def forward(self, x: Tensor, data_format: str = 'channel_first') -> Tensor:
        if data_format != 'channel_last' or is_recorded():
            return super().forward(x, data_format)
        return global_response_norm(x, self.gamma, self.beta, self.eps)


def global_response_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    """x (1 + gamma n) + beta, with n a channel's norm over the mean norm of the channels.

    Woo et al., "ConvNeXt V2" (CVPR 2023), section 3.2. Autograd would keep four
    maps and go over them some twenty times; here one is kept and nine are read.

    Args:
        x (Tensor): (B, H, W, C).
        gamma, beta (Tensor): (C,).
        eps (float): Added to the mean norm.

    Returns:
        Tensor: (B, H, W, C), of ``x``'s dtype.
    """
    return _GlobalResponseNorm.apply(x, gamma, beta, eps)


class _GlobalResponseNorm(torch.autograd.Function):

    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        # Sums of many squares want the precision of the weights.
        norm = x.square().sum((1, 2), keepdim=True, dtype=gamma.dtype).sqrt_()
        mean = norm.mean(-1, keepdim=True).add_(eps)
        ctx.save_for_backward(x, gamma, norm, mean)
        ctx.beta_dtype = beta.dtype
        scale = 1 + gamma * (norm / mean)
        return torch.addcmul(beta.to(x.dtype), x, scale.to(x.dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, gamma, norm, mean = ctx.saved_tensors
        ratio = norm / mean
        by_scale = (grad * x).sum((1, 2), keepdim=True, dtype=gamma.dtype)
        by_ratio = by_scale * gamma
        by_norm = (by_ratio - (by_ratio * ratio).mean(-1, keepdim=True)) / mean
        # A channel of zeros has no norm to change.
        per_value = torch.where(norm > 0, by_norm / norm, 0)
        by_x = torch.mul(grad, (1 + gamma * ratio).to(x.dtype))
        by_x.addcmul_(x, per_value.to(x.dtype))
        by_beta = grad.sum((0, 1, 2), dtype=ctx.beta_dtype)
        return by_x, (by_scale * ratio).sum((0, 1, 2)), by_beta, None
