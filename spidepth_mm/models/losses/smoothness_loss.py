"""Depth changes where the image does."""

from typing import Dict, Optional

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from spidepth_mm.geometry import depth_to_disparity
from spidepth_mm.registry import MODELS
from spidepth_mm.structures import SynthesizedViews

QUANTITIES = ('depth', 'disparity')
RESOLUTIONS = ('image', 'prediction')


def edge_aware_smoothness(values: Tensor, image: Tensor) -> Tensor:
    """|dx v| exp(-|dx I|) + |dy v| exp(-|dy I|), with v divided by its mean.

    SPIdepth, equation 6 (Monodepth, CVPR 2017, equation 3, with Monodepth2's
    mean normalisation, which keeps the term from shrinking the scene).

    Args:
        values (Tensor): (B, 1, H, W), positive: depth or disparity.
        image (Tensor): (B, 3, H, W) in [0, 1].

    Returns:
        Tensor: scalar, the mean over x differences plus the mean over y differences.
    """
    values = values / (values.mean((2, 3), keepdim=True) + 1e-7)
    total = 0.
    for dim in (2, 3):
        size = values.shape[dim] - 1
        value_step = (values.narrow(dim, 1, size) - values.narrow(dim, 0, size)).abs()
        image_step = (image.narrow(dim, 1, size) - image.narrow(dim, 0, size)).abs()
        total = total + (value_step * (-image_step.mean(1, keepdim=True)).exp()).mean()
    return total


@MODELS.register_module()
class EdgeAwareSmoothnessLoss(BaseModule):
    """lambda * edge-aware smoothness of the target's depth.

    Args:
        quantity (str): What is smooth. Parity: the reference smooths
            mean-normalised 'depth', though the paper's formula says inverse
            depth; 'disparity' is the older convention.
        loss_weight (float): lambda.
        resolution (str): Where it is smooth. 'image': resized to the image's
            size. 'prediction': as predicted, beside the image in that size,
            and weighted by 1 / 2^scale, as in Monodepth2.
        max_depth (float, optional): Depth whose disparity counts as zero.
            Parity: Monodepth2 smooths the network's sigmoid, which is zero at
            the largest depth; None smooths 1 / depth.

    Called with :class:`SynthesizedViews`; returns ``loss_smoothness``.

    Raises:
        ValueError: If ``quantity`` or ``resolution`` is unknown.
    """

    def __init__(self, quantity: str = 'depth', loss_weight: float = 1e-3,
                 resolution: str = 'image', max_depth: Optional[float] = None):
        super().__init__()
        if quantity not in QUANTITIES:
            raise ValueError(f"Unknown quantity '{quantity}'. Valid quantities are {QUANTITIES}.")
        if resolution not in RESOLUTIONS:
            raise ValueError(
                f"Unknown resolution '{resolution}'. Valid resolutions are {RESOLUTIONS}.")
        self.quantity = quantity
        self.loss_weight = loss_weight
        self.resolution = resolution
        self.max_depth = max_depth

    def forward(self, views: SynthesizedViews) -> Dict[str, Tensor]:
        weight, values, image = self.loss_weight, views.depth, views.target
        if self.resolution == 'prediction':
            weight = weight / 2**views.scale
            values = views.depth if views.prediction is None else views.prediction
            # Monodepth2 makes its pyramid of the stored image with PIL's Lanczos filter.
            image = F.interpolate(image, values.shape[-2:], mode='area')
        if self.quantity == 'disparity':
            values = depth_to_disparity(values)
            if self.max_depth is not None:
                values = values - 1 / self.max_depth
        return dict(loss_smoothness=weight * edge_aware_smoothness(values, image))
