"""How badly the warped sources reproduce the target."""

from typing import Dict, Tuple

import torch
from mmengine.model import BaseModule
from torch import Tensor

from spidepth_mm.geometry.warp import PADDING_MODES
from spidepth_mm.registry import MODELS
from spidepth_mm.structures import SynthesizedViews
from spidepth_mm.utils.recording import is_recorded

from .banded_photometric import banded_photometric_loss
from .ssim import WindowStats, ssim_distance


def photometric_error(pred: Tensor, target: WindowStats, alpha: float, window: int) -> Tensor:
    """alpha (1 - SSIM)/2 + (1 - alpha) L1, averaged over the colours.

    SPIdepth, equation 3 (Monodepth2, equation 2).

    Args:
        pred (Tensor): (B, S, 3, H, W) in [0, 1].
        target (WindowStats): Of (B, 3, H, W) in [0, 1].
        alpha (float): Weight of the structural term, in [0, 1].
        window (int): Side of the SSIM window, pixels.

    Returns:
        Tensor: (B, S, H, W), in [0, 1].
    """
    maps = []
    for image in pred.unbind(1):
        # One source at a time: the target's statistics are shared and the peak memory stays low.
        error = (1 - alpha) * (image - target.image).abs()
        if alpha > 0:
            stats = WindowStats.of(image, window)
            error = error + alpha * ssim_distance(stats, target, window)
        maps.append(error.mean(1))
    return torch.stack(maps, 1)


def select_reprojection(reprojection: Tensor, identity: Tensor = None,
                        minimum: bool = True) -> Tuple[Tensor, Tensor]:
    """Choose what each pixel pays for.

    Args:
        reprojection (Tensor): (B, S, H, W), errors of the warped sources.
        identity (Tensor, optional): (B, S, H, W), errors of the unwarped
            sources. Where one of them is smaller the pixel does not move with
            the scene and is masked (auto-masking): it pays the identity
            error, which has no gradient.
        minimum (bool): Take the minimum over the sources (True) or their mean.

    Returns:
        tuple[Tensor, Tensor]: error (B, H, W) and used (B, H, W), bool, False
        where auto-masked.
    """
    def reduce(errors):
        return errors.amin(1) if minimum else errors.mean(1)

    error = reduce(reprojection)
    if identity is None:
        return error, torch.ones_like(error, dtype=torch.bool)
    # The mean of the identity errors is compared with the mean of the reprojections, the minimum
    # with the minimum, as in Monodepth2. On a tie the pixel is masked; Monodepth2 breaks ties
    # with random noise, which would make the loss irreproducible for no gain.
    still = reduce(identity)
    used = error < still
    return torch.where(used, error, still), used


@MODELS.register_module()
class PhotometricLoss(BaseModule):
    """mu * min over sources of the photometric error, auto-masked.

    SPIdepth, section 3.3, after Monodepth2 (ICCV 2019).

    Args:
        alpha (float): Weight of SSIM against L1.
        ssim_window (int): Odd side of SSIM's window. Parity: 7 in the
            reference, 3 in Monodepth2.
        min_reprojection (bool): Per-pixel minimum over the sources; else the mean.
        auto_mask (bool): Mask pixels that the unwarped sources explain better.
        padding_mode (str): What lies outside a source: 'border', 'zeros' or
            'reflection'. The estimator warps with it.
        loss_weight (float): mu.

    Called with :class:`SynthesizedViews`; returns ``loss_photometric`` and,
    with auto-masking, the diagnostic ``automasked`` (share of masked pixels).

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self, alpha: float = 0.85, ssim_window: int = 7, min_reprojection: bool = True,
                 auto_mask: bool = True, padding_mode: str = 'border', loss_weight: float = 1.0):
        super().__init__()
        if not 0 <= alpha <= 1:
            raise ValueError(f'alpha must be in [0, 1], got {alpha}.')
        if ssim_window < 1 or ssim_window % 2 == 0:
            raise ValueError(f'ssim_window must be odd and positive, got {ssim_window}.')
        if padding_mode not in PADDING_MODES:
            raise ValueError(
                f"Unknown padding_mode '{padding_mode}'. Valid modes are {PADDING_MODES}.")
        self.alpha = alpha
        self.ssim_window = ssim_window
        self.min_reprojection = min_reprojection
        self.auto_mask = auto_mask
        self.padding_mode = padding_mode
        self.loss_weight = loss_weight

    def forward(self, views: SynthesizedViews) -> Dict[str, Tensor]:
        loss, masked = self.mean_error(views)
        terms = dict(loss_photometric=self.loss_weight * loss)
        if self.auto_mask:
            terms['automasked'] = masked
        return terms

    def mean_error(self, views: SynthesizedViews) -> Tuple[Tensor, Tensor]:
        """Mean of :meth:`error_map` over the pixels, and the share that is auto-masked."""
        # Without SSIM there is little to save.
        if is_recorded() or self.alpha == 0:
            error, used = self.error_map(views)
            return error.mean(), 1 - used.float().mean()
        return banded_photometric_loss(
            views.warped, views.sources if self.auto_mask else None, views.target, self.alpha,
            self.ssim_window, self.min_reprojection)

    def error_map(self, views: SynthesizedViews) -> Tuple[Tensor, Tensor]:
        """What each pixel pays, and which are not auto-masked; see :func:`select_reprojection`.

        Returns:
            tuple[Tensor, Tensor]: error (B, H, W), in [0, 1], and used (B, H, W), bool.
        """
        target = WindowStats.of(views.target, self.ssim_window)
        reprojection = self.error(views.warped, target)
        identity = None
        if self.auto_mask:
            with torch.no_grad():
                identity = self.error(views.sources, target)
        return select_reprojection(reprojection, identity, self.min_reprojection)

    def error(self, images: Tensor, target: WindowStats) -> Tensor:
        """:func:`photometric_error` with this loss's settings."""
        return photometric_error(images, target, self.alpha, self.ssim_window)
