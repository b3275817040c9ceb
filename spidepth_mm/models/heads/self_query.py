"""The Self Query Layer's maths, without weights.

Wang et al., "SQLdepth: Generalizable Self-Supervised Fine-Structured
Monocular Depth Estimation" (AAAI 2024), section 3; used by Lavreniuk,
"SPIdepth" (2024). Shapes: B batch, Q coarse queries, E embedding channels,
N = h * w pixels, D depth bins.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

BIN_NORMS = ('linear', 'softmax', 'sigmoid')


def self_cost_volume(queries: Tensor, features: Tensor) -> Tensor:
    """V = Q^T S: how much each pixel resembles each coarse query.

    Args:
        queries (Tensor): (B, Q, E).
        features (Tensor): (B, E, N).

    Returns:
        Tensor: (B, Q, N).
    """
    return queries @ features


def pool_by_query(queries: Tensor, features: Tensor) -> Tensor:
    """Summarise the image once per query: softmax over pixels of V, times S.

    This is attention with unit scale, so that V need not be stored. With one
    head, because the kernels that store nothing take four dimensions only, and
    pixels whose features lie side by side (``features`` in channels_last).

    Args:
        queries (Tensor): (B, Q, E).
        features (Tensor): (B, E, N).

    Returns:
        Tensor: (B, Q, E).
    """
    pixels = features.transpose(1, 2).unsqueeze(1)
    return F.scaled_dot_product_attention(
        queries.unsqueeze(1), pixels, pixels, scale=1.).squeeze(1)


def bin_widths(logits: Tensor, norm: str) -> Tensor:
    """Relative widths of the depth bins.

    Args:
        logits (Tensor): (B, D).
        norm (str): 'linear' (ReLU + 0.1, the reference's), 'softmax' or 'sigmoid'.

    Returns:
        Tensor: (B, D), positive, sums to 1.
    """
    if norm == 'softmax':
        return logits.softmax(1)
    # 0.1 keeps every bin open: a width of zero gets no gradient back.
    widths = logits.relu() + 0.1 if norm == 'linear' else logits.sigmoid()
    return widths / widths.sum(1, keepdim=True)


def bin_centers(widths: Tensor, min_depth: float, max_depth: float) -> Tensor:
    """Centres of adjoining bins that fill [min_depth, max_depth].

    Args:
        widths (Tensor): (B, D), sums to 1.

    Returns:
        Tensor: (B, D), metres, increasing.
    """
    upper_edges = widths.cumsum(1)
    return min_depth + (max_depth - min_depth) * (upper_edges - 0.5 * widths)


def plane_wise_depth(logits: Tensor, centers: Tensor) -> Tensor:
    """Depth as the expectation of the bin centres, per pixel.

    Args:
        logits (Tensor): (B, D, N).
        centers (Tensor): (B, D), metres.

    Returns:
        Tensor: (B, 1, N), metres, between the first and the last centre.
    """
    return centers.unsqueeze(1) @ torch.softmax(logits, 1)
