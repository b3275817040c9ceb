"""The plain self-supervised loss, as a yardstick.

Written down as one would from the formulas: five average pools per SSIM, nothing shared between
the sources, autograd keeps every intermediate map.
"""

from __future__ import annotations

from typing import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

C1, C2 = 0.01**2, 0.03**2


class SSIM(nn.Module):
    """(1 - SSIM) / 2 of two images (B, 3, H, W), window 7x7."""

    def __init__(self) -> None:
        super().__init__()
        self.pad = nn.ReflectionPad2d(3)
        self.pool = nn.AvgPool2d(7, 1)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        x, y = self.pad(x), self.pad(y)
        mean_x, mean_y = self.pool(x), self.pool(y)
        var_x = self.pool(x**2) - mean_x**2
        var_y = self.pool(y**2) - mean_y**2
        cov = self.pool(x * y) - mean_x * mean_y
        above = (2 * mean_x * mean_y + C1) * (2 * cov + C2)
        below = (mean_x**2 + mean_y**2 + C1) * (var_x + var_y + C2)
        return torch.clamp((1 - above / below) / 2, 0, 1)


def reprojection_error(ssim: SSIM, pred: Tensor, target: Tensor) -> Tensor:
    """(B, 1, H, W)."""
    absolute = torch.abs(target - pred).mean(1, True)
    return 0.85 * ssim(pred, target).mean(1, True) + 0.15 * absolute


def photometric_loss(ssim: SSIM, warped: Sequence[Tensor], sources: Sequence[Tensor],
                     target: Tensor) -> Tensor:
    """Minimum over warped and unwarped sources, each (B, 3, H, W)."""
    reprojection = torch.cat([reprojection_error(ssim, image, target) for image in warped], 1)
    identity = torch.cat([reprojection_error(ssim, image, target) for image in sources], 1)
    smallest, _ = torch.min(torch.cat([identity, reprojection], 1), 1)
    return smallest.mean()


def smoothness_loss(depth: Tensor, image: Tensor) -> Tensor:
    """Of mean-normalised depth (B, 1, H, W)."""
    depth = depth / (depth.mean(2, True).mean(3, True) + 1e-7)
    grad_x = torch.abs(depth[:, :, :, :-1] - depth[:, :, :, 1:])
    grad_y = torch.abs(depth[:, :, :-1, :] - depth[:, :, 1:, :])
    image_x = torch.mean(torch.abs(image[:, :, :, :-1] - image[:, :, :, 1:]), 1, keepdim=True)
    image_y = torch.mean(torch.abs(image[:, :, :-1, :] - image[:, :, 1:, :]), 1, keepdim=True)
    return (grad_x * torch.exp(-image_x)).mean() + (grad_y * torch.exp(-image_y)).mean()


def upsample(depth: Tensor, image: Tensor) -> Tensor:
    """Depth at the image's size."""
    return F.interpolate(depth, list(image.shape[-2:]), mode='bilinear', align_corners=False)
