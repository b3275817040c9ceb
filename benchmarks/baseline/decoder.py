"""The plain U-Net decoder, as a yardstick: upsample, concatenate, convolve, norm, activate."""

from __future__ import annotations

from typing import Sequence, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PlainUNetDecoder(nn.Module):
    """With the weights of a :class:`UNetDecoder`, the steps one after the other."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, features: Sequence[Tensor]) -> Tuple[Tensor]:
        x, *skips = features[::-1]
        for block, skip in zip(self.decoder.blocks, [*skips, None]):
            if skip is None:
                x = F.interpolate(x, scale_factor=2, mode='bilinear')
            else:
                x = F.interpolate(x, size=[skip.size(2), skip.size(3)], mode='bilinear',
                                  align_corners=True)
                x = torch.cat([x, skip], dim=1)
            for layer in (block.conv1, block.conv2):
                x = torch.relu(layer.bn(layer.conv(x)))
        return (self.decoder.final_conv(x), )
