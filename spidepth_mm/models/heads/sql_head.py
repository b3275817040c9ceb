"""Self Query Layer head: one feature map to depth."""

from typing import List, Optional, Sequence, Tuple, Union

import torch
from torch import Tensor, nn

from spidepth_mm.registry import MODELS
from spidepth_mm.utils.recording import is_recorded

from .base_depth_head import BaseDepthHead
from .chunked_depth import chunked_depth
from .query_transformer import QueryTransformer
from .self_query import BIN_NORMS, bin_centers, bin_widths, plane_wise_depth, pool_by_query


@MODELS.register_module()
class SQLHead(BaseDepthHead):
    """Depth from a self-cost volume (SQLdepth, AAAI 2024, section 3; SPIdepth).

    Coarse queries Q from a transformer over patches meet the per-pixel
    features S in the volume V = Q^T S. A softmax of V over pixels pools S to
    a summary per query, from which an MLP draws the depth bins; a 1x1
    convolution and a softmax of V over planes says how much each pixel
    belongs to each bin. Depth is the expectation of the bin centres.

    Args:
        in_channels (int): Channels of the feature map.
        patch_size (int): Patch side in pixels of the feature map.
        num_queries (int): Q. The feature map needs at least as many patches.
        num_bins (int): D.
        depth_range (tuple[float, float]): Smallest and largest depth, metres.
        embed_dims (int, optional): E; ``in_channels`` if None.
        num_heads (int): Attention heads of the query transformer.
        num_layers (int): Layers of the query transformer.
        feedforward_channels (int): MLP width of the query transformer.
        bin_norm (str): How bin widths are normalised: 'linear', 'softmax' or 'sigmoid'.
        max_tokens (int): Most patches that a feature map may have.
        feature_size (tuple[int, int], optional): (h, w) of the feature map
            where it is known; checked at once instead of at the first forward.
        in_index (int): Which of the given feature maps is read.
        loss_decode (dict | list[dict], optional): Supervised losses.
        init_cfg (dict, optional): mmengine's.

    Input: (B, in_channels, h, w), or a sequence of maps. Output: (B, 1, h, w), metres.

    Raises:
        ValueError: For an unknown ``bin_norm``, an empty ``depth_range``, or
            a feature map with fewer than ``num_queries`` or more than
            ``max_tokens`` patches.
    """

    def __init__(self,
                 in_channels: int,
                 patch_size: int,
                 num_queries: int,
                 num_bins: int,
                 depth_range: Tuple[float, float] = (0.001, 80.0),
                 embed_dims: Optional[int] = None,
                 num_heads: int = 4,
                 num_layers: int = 4,
                 feedforward_channels: int = 1024,
                 bin_norm: str = 'linear',
                 max_tokens: int = 500,
                 feature_size: Optional[Tuple[int, int]] = None,
                 in_index: int = -1,
                 loss_decode: Optional[Union[dict, List[dict]]] = None,
                 init_cfg: Optional[dict] = None):
        if bin_norm not in BIN_NORMS:
            raise ValueError(f"Unknown bin_norm '{bin_norm}'. Valid norms are {BIN_NORMS}.")
        min_depth, max_depth = depth_range
        if not 0 < min_depth < max_depth:
            raise ValueError(
                f'depth_range must be (min, max) with 0 < min < max, got {depth_range}.')
        super().__init__(in_index, loss_decode, init_cfg)
        embed_dims = embed_dims or in_channels
        self.min_depth, self.max_depth = min_depth, max_depth
        self.bin_norm = bin_norm

        self.query_transformer = QueryTransformer(
            in_channels, embed_dims, patch_size, num_queries, num_heads, num_layers,
            feedforward_channels, max_tokens)
        if feature_size is not None:
            self.query_transformer.check_size(*feature_size)
        self.feature_proj = nn.Conv2d(in_channels, embed_dims, 3, padding=1)
        self.bin_mlp = nn.Sequential(
            nn.Linear(embed_dims * num_queries, 16 * num_queries), nn.LeakyReLU(),
            nn.Linear(16 * num_queries, 256), nn.LeakyReLU(),
            nn.Linear(256, num_bins))
        self.bin_conv = nn.Conv2d(num_queries, num_bins, 1)

    def forward(self, inputs: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        # In channels_last the pixels' features lie side by side, as attention reads them.
        x = self.select(inputs).contiguous(memory_format=torch.channels_last)
        queries = self.query_transformer(x)
        features = self.feature_proj(x).flatten(2)
        # The 1x1 convolution over V = Q^T S is linear in Q, so it is applied to the few queries
        # rather than to the many pixels: W (Q^T S) = (W Q^T) S. V itself is never stored.
        planes = self.bin_conv.weight.flatten(1) @ queries
        centers = self.predict_centers(queries, features)
        return self.predict_pixels(features, planes, centers).unflatten(-1, x.shape[-2:])

    def predict_pixels(self, features: Tensor, planes: Tensor, centers: Tensor) -> Tensor:
        """Depth of each pixel.

        Args:
            features (Tensor): (B, E, N).
            planes (Tensor): (B, D, E).
            centers (Tensor): (B, D), metres.

        Returns:
            Tensor: (B, 1, N), float32 metres.
        """
        bias = self.bin_conv.bias
        if is_recorded():
            logits = planes @ features + bias[:, None]
            # float32: in half precision a sum over 64 bins of up to 80 m loses decimetres.
            # Autocast would turn the product of float32 matrices into one of half precision again.
            with torch.autocast(features.device.type, enabled=False):
                return plane_wise_depth(logits.float(), centers.float())
        with torch.autocast(features.device.type, enabled=False):
            return chunked_depth(
                features.transpose(1, 2), planes.to(features.dtype), bias.to(features.dtype),
                centers.float()).unsqueeze(1)

    def predict_centers(self, queries: Tensor, features: Tensor) -> Tensor:
        """Bin centres of each image.

        Args:
            queries (Tensor): (B, Q, E).
            features (Tensor): (B, E, N).

        Returns:
            Tensor: (B, D), metres, increasing.
        """
        summary = pool_by_query(queries, features)
        widths = bin_widths(self.bin_mlp(summary.flatten(1)).float(), self.bin_norm)
        return bin_centers(widths, self.min_depth, self.max_depth)
