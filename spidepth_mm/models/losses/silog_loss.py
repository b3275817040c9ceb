"""Scale-invariant logarithmic loss for depth with ground truth."""

from mmengine.model import BaseModule
from torch import Tensor

from spidepth_mm.registry import MODELS


def silog(pred: Tensor, target: Tensor, variance_focus: float) -> Tensor:
    """10 sqrt(var(g) + (1 - f) mean(g)^2) with g = log pred - log target.

    Eigen et al. (NIPS 2014), in the form of BTS and AdaBins.

    Args:
        pred (Tensor): (N,), positive, metres.
        target (Tensor): (N,), positive, metres.
        variance_focus (float): f; 1 ignores a common factor altogether.

    Returns:
        Tensor: scalar; 0 where N is 0. The variance is the unbiased one.
    """
    if pred.numel() == 0:
        return pred.sum()
    error = pred.log() - target.log()
    variance = error.var() if error.numel() > 1 else error.sum() * 0
    # 1e-12: the square root has no gradient at zero, which a perfect prediction reaches.
    return 10 * (variance + (1 - variance_focus) * error.mean().square() + 1e-12).sqrt()


@MODELS.register_module()
class SILogLoss(BaseModule):
    """:func:`silog` over the pixels that have ground truth.

    Args:
        variance_focus (float): The reference uses 0.85.
        loss_weight (float): Weight of the term.

    Called as ``loss(pred, target)`` on (B, 1, H, W) metres, target 0 where
    there is no ground truth.
    """

    def __init__(self, variance_focus: float = 0.85, loss_weight: float = 1.0):
        super().__init__()
        if not 0 <= variance_focus <= 1:
            raise ValueError(f'variance_focus must be in [0, 1], got {variance_focus}.')
        self.variance_focus = variance_focus
        self.loss_weight = loss_weight
        self.loss_name = 'loss_silog'

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        mask = target > 0
        # float32: the logarithm of a half-precision depth is good to 3 digits only.
        return self.loss_weight * silog(
            pred[mask].float(), target[mask].float(), self.variance_focus)
