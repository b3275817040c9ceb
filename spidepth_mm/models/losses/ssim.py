"""Structural similarity as a distance, from statistics that can be shared between frames.

Wang et al., "Image quality assessment: from error visibility to structural
similarity" (2004), with a box window as Monodepth2 uses it.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

C1 = 0.01**2
C2 = 0.03**2


def running_sum(x: Tensor, window: int, dim: int) -> Tensor:
    """Sums of ``window`` neighbours along ``dim``, by doubling.

    Sums of 1, 2, 4, ... neighbours are made from one another and put
    together, so 7 neighbours take 4 additions; pooling takes 6 and, on a CPU,
    more than twice the time.

    Args:
        x (Tensor): any shape.
        window (int): At most ``x.shape[dim]``.

    Returns:
        Tensor: ``x``'s shape, with ``window - 1`` fewer along ``dim``.
    """
    size = x.shape[dim] - window + 1
    parts, width = [], 1
    while 2 * width <= window:
        parts.append((width, x))
        # The widest sums come first in the result: no more of them are made than it has.
        length = size if 4 * width > window else x.shape[dim] - width
        x = x.narrow(dim, 0, length) + x.narrow(dim, width, length)
        width *= 2
    for part_width, part in reversed(parts):
        if window & part_width:
            x.add_(part.narrow(dim, width, size))
            width += part_width
    return x


def box_mean(x: Tensor, window: int) -> Tensor:
    """Mean over a ``window`` x ``window`` box, edges reflected.

    Args:
        x (Tensor): (N, C, H, W); each side larger than window // 2.
        window (int): Odd side of the box, pixels.

    Returns:
        Tensor: (N, C, H, W).
    """
    pad = window // 2
    x = F.pad(x, (pad, pad, pad, pad), mode='reflect')
    return running_sum(running_sum(x, window, -1), window, -2) / window**2


@dataclass(frozen=True)
class WindowStats:
    """An image with its windowed mean and mean square.

    Attributes:
        image, mean, mean_sq (Tensor): (N, C, H, W) each.
    """

    image: Tensor
    mean: Tensor
    mean_sq: Tensor

    @classmethod
    def of(cls, image: Tensor, window: int) -> 'WindowStats':
        return cls(image, box_mean(image, window), box_mean(image.square(), window))


def ssim_distance(x: WindowStats, y: WindowStats, window: int) -> Tensor:
    """(1 - SSIM) / 2 per pixel and channel.

    Args:
        x, y (WindowStats): Of images (N, C, H, W) in [0, 1]; N may broadcast.
        window (int): The window that the statistics were made with.

    Returns:
        Tensor: (N, C, H, W) in [0, 1]; 0 where the images agree.
    """
    mean_xy = x.mean * y.mean
    mean_x2, mean_y2 = x.mean.square(), y.mean.square()
    cov_xy = box_mean(x.image * y.image, window) - mean_xy
    var_sum = (x.mean_sq - mean_x2) + (y.mean_sq - mean_y2)
    similarity = ((2 * mean_xy + C1) * (2 * cov_xy + C2)
                  / ((mean_x2 + mean_y2 + C1) * (var_sum + C2)))
    return ((1 - similarity) / 2).clamp(0, 1)
