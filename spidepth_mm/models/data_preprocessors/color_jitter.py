"""torchvision's colour jitter in few passes over the image."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms import ColorJitter as _ColorJitter

_TINY = 1e-30


class ColorJitter(_ColorJitter):
    """torchvision's ``ColorJitter`` for float images: same draws, same colours, faster."""

    def forward(self, image: Tensor) -> Tensor:
        order, *amounts = self.get_params(
            self.brightness, self.contrast, self.saturation, self.hue)
        for number in order:
            if amounts[number] is not None:
                image = _CHANGES[number](image, amounts[number])
        return image


def scale_brightness(image: Tensor, factor: float) -> Tensor:
    """Images (..., 3, H, W) in [0, 1], mixed with black; 1 changes nothing."""
    return (image * factor).clamp_(0, 1)


def scale_contrast(image: Tensor, factor: float) -> Tensor:
    """Images (..., 3, H, W) in [0, 1], each mixed with its mean grey; 1 changes nothing."""
    return _mix(image, _grey(image).mean((-3, -2, -1), keepdim=True), factor)


def scale_saturation(image: Tensor, factor: float) -> Tensor:
    """Images (..., 3, H, W) in [0, 1], mixed with their grey versions; 1 changes nothing."""
    return _mix(image, _grey(image), factor)


def shift_hue(image: Tensor, shift: float) -> Tensor:
    """Turn the colour wheel, as torchvision's ``adjust_hue``, which takes ten times as long.

    Smith, "Color Gamut Transform Pairs" (1978). Of a colour's largest value and
    its distance from the smallest, hue says only how much of the distance each
    channel loses, so there is no need to sort pixels into six kinds.

    Args:
        image (Tensor): (..., 3, H, W), RGB in [0, 1].
        shift (float): Part of a turn, in [-0.5, 0.5].
    """
    red, green, blue = image.unbind(-3)
    value = torch.maximum(torch.maximum(red, green), blue)
    chroma = value - torch.minimum(torch.minimum(red, green), blue)
    # In sixths of a turn from red. A grey has no hue, and whatever it gets changes nothing.
    angle = _choose(
        value == red, green - blue,
        _choose(value == green, blue - red + 2 * chroma, red - green + 4 * chroma))
    angle = angle.div_(chroma.clamp_min(_TINY)).add_(6 * shift)
    angle.sub_((angle / 6).floor_(), alpha=6)
    lost = torch.stack([2 - (angle - 3).abs_(), (angle - 2).abs_() - 1, (angle - 4).abs_() - 1], -3)
    return value.unsqueeze(-3) - lost.clamp_(0, 1).mul_(chroma.unsqueeze(-3))


def _choose(condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """``torch.where``, which takes several times as long on a processor."""
    return no.lerp_(yes, condition.to(no.dtype))


def _mix(image: Tensor, other: Tensor, share: float) -> Tensor:
    return (image * share).add_(other, alpha=1 - share).clamp_(0, 1)


def _grey(image: Tensor) -> Tensor:
    """Luma of ITU-R BT.601 with torchvision's digits, (..., 1, H, W)."""
    red, green, blue = image.unbind(-3)
    return (0.2989 * red).add_(green, alpha=0.587).add_(blue, alpha=0.114).unsqueeze(-3)


# In torchvision's order.
_CHANGES = (scale_brightness, scale_contrast, scale_saturation, shift_hue)
