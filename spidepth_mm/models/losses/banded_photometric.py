"""The photometric loss a band of rows at a time, with its gradient made on the way forward.

The formula is :meth:`PhotometricLoss.error_map`'s. Autograd would keep some
twenty maps a source for the way back; here a band's maps stay in the cache and
are gone before the next band, and only the gradient is kept. With n = window^2
and sums over a window instead of means, SSIM = n1 n2 / (d1 d2),

    n1 = 2 Sx Sy + n^2 C1             n2 = 2 (n Sxy - Sx Sy) + n^2 C2
    d1 = Sx^2 + Sy^2 + n^2 C1         d2 = n (Sxx + Syy) - Sx^2 - Sy^2 + n^2 C2

and its derivatives, with D = d1 d2,

    by Sx   2 (Sy (n2 - n1) - SSIM Sx (d2 - d1)) / D
    by Sxx  -n SSIM d1 / D
    by Sxy  2 n n1 / D
"""

from typing import NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from .ssim import C1, C2, running_sum

# As many pixels of one map as fit a processor's second-level cache a few times.
BAND_PIXELS = 2**17


def banded_photometric_loss(warped: Tensor, sources: Optional[Tensor], target: Tensor,
                            alpha: float, window: int, minimum: bool) -> Tuple[Tensor, Tensor]:
    """Mean of what :func:`select_reprojection` selects, and the share that is auto-masked.

    Args:
        warped (Tensor): (B, S, 3, H, W) in [0, 1]; the loss has a gradient in this alone.
        sources (Tensor, optional): (B, S, 3, H, W) in [0, 1]; no auto-masking if None.
        target (Tensor): (B, 3, H, W) in [0, 1].
        alpha (float): Weight of the structural term, in [0, 1].
        window (int): Odd side of the SSIM window, pixels.
        minimum (bool): Minimum over the sources, or their mean.

    Returns:
        tuple[Tensor, Tensor]: two scalars.
    """
    with_gradient = torch.is_grad_enabled() and warped.requires_grad
    return _BandedLoss.apply(warped, sources, target, alpha, window, minimum, with_gradient)


class _BandedLoss(torch.autograd.Function):

    @staticmethod
    def forward(ctx, warped, sources, target, alpha, window, minimum, with_gradient):
        batch, num_sources, _, height, width = warped.shape
        pixels = batch * height * width
        rows = height if warped.is_cuda else max(
            window, BAND_PIXELS // (3 * num_sources * width))
        gradient = torch.empty_like(warped) if with_gradient else None
        loss, masked = warped.new_zeros(()), warped.new_zeros(())
        for sample in range(batch):
            padded = _pad(warped[sample], window)
            still = None if sources is None else _pad(sources[sample], window)
            aim = _pad(target[sample:sample + 1], window)
            collected = torch.zeros_like(padded) if with_gradient else None
            for top in range(0, height, rows):
                band = slice(top, min(top + rows, height) + window - 1)
                error, used, part = _band(
                    padded[..., band, :], None if still is None else still[..., band, :],
                    aim[..., band, :], alpha, window, minimum, with_gradient)
                loss += error.sum()
                masked += used.numel() - used.sum()
                if with_gradient:
                    collected[..., band, :] += part
            if with_gradient:
                gradient[sample] = _unpad_adjoint(collected, window)
        if with_gradient:
            ctx.save_for_backward(gradient.div_(pixels))
        masked = masked / pixels
        ctx.mark_non_differentiable(masked)
        return loss / pixels, masked

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_loss, _):
        return ctx.saved_tensors[0] * grad_loss, None, None, None, None, None, None


def _band(warped, sources, target, alpha, window, minimum, with_gradient):
    """One band's errors (h, W), what is used, and the gradient of the errors' sum.

    ``warped``, ``sources`` (S, 3, h + window - 1, W + window - 1), ``target`` (1, ...): padded.
    """
    def reduce(errors):
        return errors.amin(0) if minimum else errors.mean(0)

    sums = _target_sums(target, window)
    ssim = _similarity(warped, target, sums, window)
    step = _crop(warped, window) - _crop(target, window)
    errors = _mix(ssim.value, step, alpha)
    error, used = reduce(errors), torch.ones_like(errors[0], dtype=torch.bool)
    weight = None
    if with_gradient:
        # As torch's amin, a tie shares its gradient.
        weight = (errors == error).to(errors) if minimum else torch.ones_like(errors)
        weight /= weight.sum(0)
    if sources is not None:
        still_step = _crop(sources, window) - _crop(target, window)
        still = reduce(_mix(_similarity(sources, target, sums, window).value, still_step, alpha))
        used = error < still
        error = torch.where(used, error, still)
    if not with_gradient:
        return error, used, None
    # Of the mean over three colours.
    weight = (weight * used).unsqueeze(1) / 3
    gradient = _similarity_adjoint(
        ssim, warped, target, sums, weight * (-alpha / 2), window)
    _crop(gradient, window).add_(step.sign_().mul_(weight * (1 - alpha)))
    return error, used, gradient


class _TargetSums(NamedTuple):
    """What SSIM needs of the target alone: its sum, and its share of d1 and d2."""

    y: Tensor
    d1: Tensor
    d2: Tensor


class _Similarity(NamedTuple):
    """SSIM and the parts that its derivatives are made of."""

    value: Tensor
    x: Tensor
    n1: Tensor
    n2: Tensor
    d1: Tensor
    d2: Tensor


def _target_sums(target: Tensor, window: int) -> _TargetSums:
    n = window**2
    y = _box_sum(target, window)
    squared = y.square()
    d2 = _box_sum(target.square(), window).mul_(n).sub_(squared).add_(n * n * C2)
    return _TargetSums(y, squared.add_(n * n * C1), d2)


def _similarity(images: Tensor, target: Tensor, sums: _TargetSums, window: int) -> _Similarity:
    n = window**2
    x = _box_sum(images, window)
    product, squared = x * sums.y, x.square()
    n2 = _scale(_box_sum(images * target, window), 2 * n, n * n * C2).sub_(product, alpha=2)
    n1 = _scale(product, 2, n * n * C1)
    d2 = torch.add(sums.d2, _box_sum(images.square(), window), alpha=n).sub_(squared)
    d1 = squared.add_(sums.d1)
    return _Similarity((n1 * n2).div_(d1 * d2), x, n1, n2, d1, d2)


def _similarity_adjoint(ssim: _Similarity, images: Tensor, target: Tensor, sums: _TargetSums,
                        weight: Tensor, window: int) -> Tensor:
    """Gradient of the sum of ``weight`` * SSIM in the padded images."""
    over_d = weight / (ssim.d1 * ssim.d2)
    ssim_over_d = over_d * ssim.value
    by_sum = (ssim.n2 - ssim.n1).mul_(sums.y).mul_(over_d)
    by_sum -= (ssim.d2 - ssim.d1).mul_(ssim.x).mul_(ssim_over_d)
    by_square = ssim_over_d.mul_(ssim.d1)
    by_product = over_d.mul_(ssim.n1)
    gradient = _box_sum_adjoint(by_product, window).mul_(target)
    gradient -= _box_sum_adjoint(by_square, window).mul_(images)
    return gradient.mul_(window**2).add_(_box_sum_adjoint(by_sum, window)).mul_(2)


def _scale(x: Tensor, factor: float, offset: float) -> Tensor:
    """``factor`` x + ``offset``, in one pass."""
    return torch.add(x.new_tensor(offset), x, alpha=factor)


def _mix(similarity: Tensor, step: Tensor, alpha: float) -> Tensor:
    """(S, 3, h, W) each to errors (S, h, W)."""
    absolute = step.abs().mean(1)
    return absolute.mul_(1 - alpha).add_(1 - similarity.mean(1), alpha=alpha / 2)


def _box_sum(x: Tensor, window: int) -> Tensor:
    return running_sum(running_sum(x, window, -2), window, -1)


def _box_sum_adjoint(x: Tensor, window: int) -> Tensor:
    return _box_sum(F.pad(x, 4 * (window - 1, )), window)


def _pad(x: Tensor, window: int) -> Tensor:
    return F.pad(x, 4 * (window // 2, ), mode='reflect')


def _crop(x: Tensor, window: int) -> Tensor:
    pad = window // 2
    return x[..., pad:x.shape[-2] - pad, pad:x.shape[-1] - pad]


def _unpad_adjoint(x: Tensor, window: int) -> Tensor:
    """What a padded image's gradient is for the image: its borders are folded back in."""
    pad = window // 2
    for dim in (-2, -1):
        size = x.shape[dim] - 2 * pad
        inner = x.narrow(dim, pad, size).clone()
        inner.narrow(dim, 1, pad).add_(x.narrow(dim, 0, pad).flip(dim))
        inner.narrow(dim, size - 1 - pad, pad).add_(x.narrow(dim, pad + size, pad).flip(dim))
        x = inner
    return x
