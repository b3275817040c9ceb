"""The only place where depth and disparity are converted, and where scales are matched."""

from typing import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# Keeps 1/x finite; far below any depth or disparity that a camera can resolve.
EPS = 1e-7


def depth_to_disparity(depth: Tensor) -> Tensor:
    """Inverse depth.

    Args:
        depth (Tensor): any shape, positive, metres or up to scale.

    Returns:
        Tensor: same shape, 1/depth.
    """
    return 1 / depth.clamp(min=EPS)


def disparity_to_depth(disparity: Tensor) -> Tensor:
    """Depth of an inverse depth; the counterpart of :func:`depth_to_disparity`.

    Args:
        disparity (Tensor): any shape, positive, 1/metres or up to scale.

    Returns:
        Tensor: same shape, 1/disparity.
    """
    return 1 / disparity.clamp(min=EPS)


def sigmoid_to_disparity(sigmoid: Tensor, min_depth: float, max_depth: float) -> Tensor:
    """Map a network's (0, 1) output linearly to disparities between two depths.

    Monodepth2 (Godard et al., ICCV 2019), section 3.4 "Additional considerations".

    Args:
        sigmoid (Tensor): any shape, in [0, 1]; 0 is ``max_depth``.
        min_depth (float): Depth at 1, positive.
        max_depth (float): Depth at 0.

    Returns:
        Tensor: same shape, in [1/max_depth, 1/min_depth].
    """
    min_disparity, max_disparity = 1 / max_depth, 1 / min_depth
    return min_disparity + (max_disparity - min_disparity) * sigmoid


def resize_depth(depth: Tensor, size: Sequence[int], quantity: str = 'depth',
                 align_corners: bool = False) -> Tensor:
    """Resize a depth map bilinearly.

    Args:
        depth (Tensor): (B, 1, h, w), positive.
        size (Sequence[int]): (H, W).
        quantity (str): What is interpolated, 'depth' or 'disparity'. Between
            a near and a far pixel the one gives their mean depth, the other
            their harmonic mean.
        align_corners (bool): As of ``torch.nn.functional.interpolate``.

    Returns:
        Tensor: (B, 1, H, W), depth.
    """
    values = depth_to_disparity(depth) if quantity == 'disparity' else depth
    values = F.interpolate(values, tuple(size), mode='bilinear', align_corners=align_corners)
    return disparity_to_depth(values) if quantity == 'disparity' else values


def median_scale(pred: Tensor, target: Tensor) -> Tensor:
    """The factor that gives ``pred`` the median of ``target``.

    Args:
        pred (Tensor): (N,), positive.
        target (Tensor): (N,), positive, at the same pixels.

    Returns:
        Tensor: scalar, median(target) / median(pred), with the mean of the
        two middle values for even N, as numpy's median.
    """
    return torch.quantile(target, 0.5) / torch.quantile(pred, 0.5)
