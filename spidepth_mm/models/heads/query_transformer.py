"""Coarse queries: a transformer over large patches of the feature map."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from spidepth_mm.utils.recording import is_recorded


class QueryTransformer(BaseModule):
    """Patches of the feature map, encoded together; the first Q are the queries.

    Parity: the reference takes the transformer's first ``num_queries`` output
    tokens (top-left patches, row by row) as queries, so an image must have at
    least that many patches.

    Args:
        in_channels (int): Channels of the feature map.
        embed_dims (int): E.
        patch_size (int): Side of a patch, in pixels of the feature map.
        num_queries (int): Q.
        num_heads (int): Attention heads.
        num_layers (int): Encoder layers.
        feedforward_channels (int): Hidden width of each layer's MLP.
        max_tokens (int): Length of the learned positional encoding.

    Input: (B, in_channels, h, w). Output: (B, Q, E).
    """

    def __init__(self, in_channels: int, embed_dims: int, patch_size: int, num_queries: int,
                 num_heads: int, num_layers: int, feedforward_channels: int, max_tokens: int):
        super().__init__()
        self.patch_size = patch_size
        self.num_queries = num_queries
        self.max_tokens = max_tokens
        self.positional_encodings = nn.Parameter(torch.rand(max_tokens, embed_dims))
        self.patch_embed = nn.Conv2d(in_channels, embed_dims, patch_size, stride=patch_size)
        layer = nn.TransformerEncoderLayer(embed_dims, num_heads, feedforward_channels)
        self.encoder = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)

    def check_size(self, height: int, width: int) -> None:
        """Raise a ValueError if a feature map of this size has too few or too many patches."""
        rows, cols = height // self.patch_size, width // self.patch_size
        tokens = rows * cols
        if self.num_queries <= tokens <= self.max_tokens:
            return
        found = (f'SQLHead got a feature map of {height}x{width} (h x w), which has '
                 f'{rows}x{cols} = {tokens} patches of {self.patch_size}x{self.patch_size}; ')
        if tokens < self.num_queries:
            raise ValueError(
                f'{found}expected at least num_queries={self.num_queries}. Use a larger image, '
                'a smaller patch_size or fewer queries.')
        raise ValueError(
            f'{found}expected at most max_tokens={self.max_tokens}. Use a smaller image, a '
            'larger patch_size or more max_tokens.')

    def embed(self, features: Tensor) -> Tensor:
        """``patch_embed``, as tokens (T, B, E).

        A convolution whose stride is its size is a product of matrices. Written so, its backward
        is twice as fast, above all where ``features`` are channels_last.
        """
        if is_recorded():
            return self.patch_embed(features).flatten(2).permute(2, 0, 1)
        side = self.patch_size
        rows, cols = features.shape[-2] // side, features.shape[-1] // side
        patches = features[..., :rows * side, :cols * side].permute(2, 3, 0, 1)
        patches = patches.unflatten(1, (cols, side)).unflatten(0, (rows, side))
        # (rows, side, cols, side, B, C) to (T, B, side, side, C)
        patches = patches.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(0, 1).flatten(2)
        weight = self.patch_embed.weight.permute(0, 2, 3, 1).flatten(1)
        return F.linear(patches, weight, self.patch_embed.bias)

    def forward(self, features: Tensor) -> Tensor:
        self.check_size(*features.shape[-2:])
        tokens = self.embed(features)
        tokens = tokens + self.positional_encodings[:len(tokens), None]
        # Every token takes part in the encoding; only then are the queries picked.
        return self.encoder(tokens)[:self.num_queries].transpose(0, 1)
