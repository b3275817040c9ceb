"""From the network's resolution back to the image that was stored."""

from typing import Sequence

import torch.nn.functional as F
from torch import Tensor


def paste_into_image(depth: Tensor, corner: Sequence[int], shape: Sequence[int]) -> Tensor:
    """Put a crop's depth back to where the crop was taken.

    Args:
        depth (Tensor): (1, h, w), the crop's.
        corner (Sequence[int]): (top, left), the crop's first row and column.
        shape (Sequence[int]): (H, W) of the whole image.

    Returns:
        Tensor: (1, H, W). What the net did not see repeats the crop's border:
        a guess, so that a picture has no hole. KITTI's evaluation crops lie
        within the benchmark crop.
    """
    top, left = corner
    bottom, right = shape[0] - top - depth.shape[-2], shape[1] - left - depth.shape[-1]
    return F.pad(depth[None], (left, right, top, bottom), mode='replicate')[0]
