"""Global Response Normalisation in few passes over the map, alone and before a linear layer."""

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
        out = x.square()
        norm = out.sum((1, 2), keepdim=True, dtype=gamma.dtype).sqrt_()
        mean = norm.mean(-1, keepdim=True).add_(eps)
        ctx.save_for_backward(x, gamma, norm, mean)
        ctx.beta_dtype = beta.dtype
        scale = 1 + gamma * (norm / mean)
        return torch.addcmul(beta.to(x.dtype), x, scale.to(x.dtype), out=out)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, gamma, norm, mean = ctx.saved_tensors
        ratio = norm / mean
        by_x = grad * x
        by_scale = by_x.sum((1, 2), keepdim=True, dtype=gamma.dtype)
        per_value = _through_norm(by_scale * gamma, norm, mean)
        torch.mul(grad, (1 + gamma * ratio).to(x.dtype), out=by_x)
        by_x.addcmul_(x, per_value.to(x.dtype))
        by_beta = grad.sum((0, 1, 2), dtype=ctx.beta_dtype)
        return by_x, (by_scale * ratio).sum((0, 1, 2)), by_beta, None


def response_norm_linear(x: Tensor, gamma: Tensor, beta: Tensor, eps: float, weight: Tensor,
                         bias: Tensor) -> Tensor:
    """``F.linear(global_response_norm(x, gamma, beta, eps), weight, bias)``.

    What the norm multiplies with is the same for all pixels of an image, so the
    weight is multiplied with it instead, and the gradient of that factor comes
    out of the products that make the weight's: the normalised map is never
    made. Pays where an image has more pixels than the result has channels.

    Args:
        x (Tensor): (B, H, W, C).
        gamma, beta (Tensor): (C,).
        eps (float): Added to the mean norm.
        weight (Tensor): (O, C).
        bias (Tensor): (O,).

    Returns:
        Tensor: (B, H, W, O), of ``x``'s dtype.
    """
    return _ResponseNormLinear.apply(x, gamma, beta, eps, weight, bias)


class _ResponseNormLinear(torch.autograd.Function):

    @staticmethod
    def forward(ctx, x, gamma, beta, eps, weight, bias):
        norm = x.square().sum((1, 2), dtype=gamma.dtype).sqrt_()
        mean = norm.mean(-1, keepdim=True).add_(eps)
        ctx.save_for_backward(x, gamma, beta, weight, norm, mean)
        scaled = (1 + gamma * (norm / mean))[:, None] * weight
        shift = torch.addmv(bias, weight, beta)
        out = torch.baddbmm(
            shift.to(x.dtype), x.flatten(1, 2), scaled.transpose(1, 2).to(x.dtype))
        return out.unflatten(1, x.shape[1:3])

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, gamma, beta, weight, norm, mean = ctx.saved_tensors
        ratio = norm / mean
        scale = (1 + gamma * ratio)[:, None]
        grad = grad.flatten(1, 2)
        by_bias = grad.sum((0, 1), dtype=gamma.dtype)
        # (B, O, C): what each image's own weight would get.
        by_scaled = torch.bmm(grad.transpose(1, 2), x.flatten(1, 2)).to(gamma.dtype)
        by_scale = (by_scaled * weight).sum(1)
        by_weight = (by_scaled * scale).sum(0).addr_(by_bias, beta)
        per_value = _through_norm(by_scale * gamma, norm, mean)
        by_x = torch.bmm(grad, (scale * weight).to(x.dtype)).view(x.shape)
        by_x.addcmul_(x, per_value[:, None, None].to(x.dtype))
        return by_x, (by_scale * ratio).sum(0), by_bias @ weight, None, by_weight, by_bias


def _through_norm(by_ratio: Tensor, norm: Tensor, mean: Tensor) -> Tensor:
    """From the gradient of the norms over their mean to that of a value, divided by the value."""
    by_norm = (by_ratio - (by_ratio * norm / mean).mean(-1, keepdim=True)) / mean
    # A channel of zeros has no norm to change.
    return torch.where(norm > 0, by_norm / norm, 0)
