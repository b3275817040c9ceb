"""Cases of the stage ``loss``: photometric and smoothness loss of two sources, with gradients."""

from __future__ import annotations

from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor

from spidepth_mm.models.losses import EdgeAwareSmoothnessLoss, PhotometricLoss
from spidepth_mm.structures import SynthesizedViews

from .baseline import loss as baseline
from .timing import Case

SOURCES = 2
SHAPES = ((2, 192, 640), (1, 320, 1024))
SMOOTHNESS = 1e-3


def cases() -> List[Case]:
    return [_case(*shape) for shape in SHAPES]


def draw_frames(*shape: int) -> Tensor:
    """(..., H, W) in [0, 1], smooth with some noise, as photos are."""
    *lead, height, width = shape
    coarse = torch.rand(1, torch.Size(lead).numel(), height // 8, width // 8)
    smooth = F.interpolate(coarse, (height, width), mode='bilinear').view(shape)
    return (smooth + 0.05 * torch.rand(shape)).clamp(0, 1)


def draw_views(batch: int, height: int, width: int, sources: int = SOURCES) -> SynthesizedViews:
    """Sources like their target, of which half is better explained by the warp."""
    target = draw_frames(batch, 3, height, width)

    def like_target():
        noise = draw_frames(batch, sources, 3, height, width) - 0.5
        return (target.unsqueeze(1) + 0.2 * noise).clamp(0, 1)

    warped = like_target().requires_grad_()
    depth = (1 + 50 * draw_frames(batch, 1, height, width)).requires_grad_()
    valid = torch.ones(batch, sources, 1, height, width, dtype=torch.bool)
    return SynthesizedViews(target, like_target(), warped, valid, depth)


def _case(batch: int, height: int, width: int) -> Case:
    torch.manual_seed(0)
    views = draw_views(batch, height, width)
    leaves = (views.warped, views.depth)
    photometric, smoothness = PhotometricLoss(), EdgeAwareSmoothnessLoss(loss_weight=SMOOTHNESS)
    ssim = baseline.SSIM()

    def ours():
        total = photometric(views)['loss_photometric'] + smoothness(views)['loss_smoothness']
        return (total, *torch.autograd.grad(total, leaves))

    def plain():
        total = baseline.photometric_loss(
            ssim, views.warped.unbind(1), views.sources.unbind(1), views.target)
        total = total + SMOOTHNESS * baseline.smoothness_loss(views.depth, views.target)
        return (total, *torch.autograd.grad(total, leaves))

    return Case(f'loss, forward and backward, {SOURCES} sources, {batch} x {height}x{width}',
                ours, plain, largest_difference, batch, 'tensors')


def largest_difference(ours, theirs) -> float:
    """Of tensors one by one."""
    return max(float((a - b).detach().abs().max()) for a, b in zip(ours, theirs))
