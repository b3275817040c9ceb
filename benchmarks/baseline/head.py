"""The plain Self Query Layer, as a yardstick: the whole volume, softmaxes, a broadcast sum."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PlainSQLHead(nn.Module):
    """With the weights of a :class:`SQLHead`, the steps one after the other."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, inputs) -> Tensor:
        x = inputs if isinstance(inputs, Tensor) else inputs[-1]
        head, (batch, _, height, width) = self.head, x.shape
        queries = head.query_transformer(x)
        features = head.feature_proj(x)
        pixels = features.view(batch, -1, height * width).permute(0, 2, 1)
        volume = torch.matmul(pixels, queries.permute(0, 2, 1)).permute(0, 2, 1)

        weights = torch.softmax(volume, dim=2)
        summary = torch.matmul(weights, pixels)
        logits = head.bin_mlp(summary.reshape(batch, -1))
        widths = torch.relu(logits) + 0.1
        widths = widths / widths.sum(1, keepdim=True)
        edges = torch.cumsum(nn.functional.pad(
            (head.max_depth - head.min_depth) * widths, (1, 0), value=head.min_depth), 1)
        centers = 0.5 * (edges[:, :-1] + edges[:, 1:])

        planes = head.bin_conv(volume.reshape(batch, -1, height, width))
        planes = torch.softmax(planes, dim=1)
        return torch.sum(planes * centers[:, :, None, None], dim=1, keepdim=True)
