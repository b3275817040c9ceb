"""Flip test-time augmentation: the sides of a prediction are the weak ones."""

from typing import Callable

import torch
from torch import Tensor

from spidepth_mm.geometry import depth_to_disparity, disparity_to_depth

# Share of the width over which a side's ramp falls, and where it starts to.
_RAMP_START, _RAMP_SLOPE = 0.05, 20


def blend_flipped(pred: Tensor, pred_of_flipped: Tensor) -> Tensor:
    """Blend a prediction with the un-flipped prediction of the flipped image.

    Their mean, but for the outer 5 % at either side and a ramp of 5 % beside
    it: there the one is taken for which the side was not the image's blind
    one. Monodepth (Godard et al., CVPR 2017), section 3.4 "Post-processing".

    Args:
        pred (Tensor): (..., H, W).
        pred_of_flipped (Tensor): (..., H, W), flipped back already.

    Returns:
        Tensor: (..., H, W).
    """
    across = torch.linspace(0, 1, pred.shape[-1], device=pred.device, dtype=pred.dtype)
    left = 1 - (_RAMP_SLOPE * (across - _RAMP_START)).clamp(0, 1)
    right = left.flip(-1)
    mean = 0.5 * (pred + pred_of_flipped)
    return right * pred + left * pred_of_flipped + (1 - left - right) * mean


def predict_with_flip(predict: Callable[[Tensor], Tensor], images: Tensor,
                      quantity: str = 'depth') -> Tensor:
    """Run ``predict`` on the images and their mirror images, and blend.

    Args:
        predict (Callable): (N, 3, H, W) to depth (N, 1, h, w).
        images (Tensor): (B, 3, H, W).
        quantity (str): What is blended, 'depth' or 'disparity'.

    Returns:
        Tensor: (B, 1, h, w), depth.
    """
    # The mirror images are a batch of their own, not a doubled one: the memory stays the same.
    depth, mirrored = predict(images), predict(images.flip(-1)).flip(-1)
    if quantity == 'disparity':
        disparities = depth_to_disparity(depth), depth_to_disparity(mirrored)
        return disparity_to_depth(blend_flipped(*disparities))
    return blend_flipped(depth, mirrored)
