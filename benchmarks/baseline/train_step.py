"""The plain training step, as a yardstick: source by source, pair by pair.

It follows SPIdepth's published trainer, which is Monodepth2's: the same order of steps, one call
of the pose net for each pair, homogeneous points times matrices, pixel coordinates made once,
Adam as it comes. Only the noise that breaks ties of the loss is left out, so that both sides have
one result.
"""

from __future__ import annotations

import functools
from typing import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spidepth_mm.geometry import transform_from_axisangle

from . import loss
from .model import plain_model


class PlainTrainer:
    """Trains a copy of an estimator on float frames that its workers would bring."""

    def __init__(self, model: nn.Module, lr: float, smoothness: float) -> None:
        self.model = plain_model(model)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr)
        self.ssim = loss.SSIM()
        self.smoothness = smoothness

    def step(self, inputs: dict, offsets: Sequence) -> Tensor:
        """One update; ``inputs`` as of :class:`DepthDataPreprocessor`. The loss."""
        total = self.loss(inputs, offsets)
        self.optimizer.zero_grad()
        total.backward()
        self.optimizer.step()
        return total.detach()

    def loss(self, inputs: dict, offsets: Sequence) -> Tensor:
        frames, net_frames = inputs['frames'], inputs['net_frames']
        target = frames[:, 0]
        features = self.model.neck(self.model.backbone(net_frames[:, 0].contiguous()))
        depth = loss.upsample(self.model.head(features), target)
        warped = []
        for number, offset in enumerate(offsets, 1):
            motion = self.motion(inputs, net_frames[:, 0], net_frames[:, number], offset)
            warped.append(warp(frames[:, number], depth, inputs['cam2img'], motion))
        sources = [frames[:, number] for number in range(1, frames.shape[1])]
        return loss.photometric_loss(self.ssim, warped, sources, target) \
            + self.smoothness * loss.smoothness_loss(depth, target)

    def motion(self, inputs: dict, target: Tensor, source: Tensor, offset) -> Tensor:
        """(B, 4, 4)."""
        if offset == 's':
            return inputs['source_from_target']
        pair = (source, target) if offset < 0 else (target, source)
        axisangle, translation = self.model.pose_net(*pair)
        return transform_from_axisangle(axisangle, translation, invert=offset < 0)


@functools.cache
def pixel_coordinates(batch: int, height: int, width: int) -> Tensor:
    """(B, 3, H W): column, row, one."""
    rows, cols = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    pixels = torch.stack([cols, rows, torch.ones_like(cols)]).view(1, 3, -1).float()
    return pixels.repeat(batch, 1, 1)


def warp(source: Tensor, depth: Tensor, cam2img: Tensor, source_from_target: Tensor) -> Tensor:
    """Backproject by a matrix product with all pixels, project by another, sample."""
    batch, _, height, width = depth.shape
    pixels = pixel_coordinates(batch, height, width)
    points = depth.view(batch, 1, -1) * torch.matmul(torch.inverse(cam2img), pixels)
    points = torch.cat([points, pixels[:, 2:]], 1)
    projected = torch.matmul(torch.matmul(cam2img, source_from_target[:, :3]), points)
    coords = projected[:, :2] / (projected[:, 2:] + 1e-7)
    coords = coords.view(batch, 2, height, width).permute(0, 2, 3, 1)
    grid = (coords / torch.tensor([width - 1, height - 1]) - 0.5) * 2
    return F.grid_sample(source, grid, padding_mode='border', align_corners=True)
