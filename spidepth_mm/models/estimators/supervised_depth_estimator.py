"""Depth learned from ground truth, usually on top of self-supervised weights."""

from typing import List, Optional, Sequence

import torch
from torch import Tensor, nn

from spidepth_mm.geometry import median_scale
from spidepth_mm.registry import MODELS
from spidepth_mm.structures import DepthDataSample

from .base_depth_estimator import BaseDepthEstimator

SCALE_ALIGNMENTS = (None, 'median')


@MODELS.register_module()
class SupervisedDepthEstimator(BaseDepthEstimator):
    """Compares the target's depth with ground truth.

    The fine-tuning of Lavreniuk, "SPIdepth" (2024), Table 2. It has the
    names of :class:`SelfSupDepthEstimator` without the pose net, so that its
    weights load with ``StrictLoadHook(allowed=['pose_net\\\\.'])``.

    Args:
        losses (Sequence[dict]): Configs of losses called as
            ``loss(pred, target)`` on (B, 1, H, W) metres, target 0 where
            there is no ground truth; they return a scalar.
        scale_alignment (str, optional): None learns metres. 'median' gives
            each image's prediction the median of its ground truth before the
            loss, as the reference does for part of its batches: the depth is
            then known up to a factor only, and predictions say so
            (``scale_type`` 'unknown', ``scale_alignment`` 'median').
        scale_type (str, optional): Of the weights before any training here;
            by default what ``scale_alignment`` teaches.
        **kwargs: See :class:`BaseDepthEstimator`.

    Raises:
        ValueError: For an unknown ``scale_alignment`` or without losses; in
            training, if a sample has no ground truth, or the ground truths of
            a batch differ in size.
    """

    def __init__(self, backbone: dict, head: dict, neck: Optional[dict] = None,
                 losses: Sequence[dict] = (dict(type='SILogLoss'), ),
                 scale_alignment: Optional[str] = None, scale_type: Optional[str] = None,
                 **kwargs):
        if scale_alignment not in SCALE_ALIGNMENTS:
            raise ValueError(f'Unknown scale_alignment {scale_alignment!r}. '
                             f'Valid alignments are {SCALE_ALIGNMENTS}.')
        if not losses:
            raise ValueError("losses must name at least one loss, e.g. [dict(type='SILogLoss')]; "
                             'got none.')
        self._taught_scale = 'metric' if scale_alignment is None else 'unknown'
        super().__init__(backbone, head, neck, scale_type=scale_type or self._taught_scale,
                         **kwargs)
        self.losses = nn.ModuleList(MODELS.build(cfg) for cfg in losses)
        self.scale_alignment = scale_alignment
        self.use_memory_format()

    def loss(self, inputs: dict, data_samples: List[DepthDataSample]) -> dict:
        """Losses of a batch of targets.

        Args:
            inputs (dict): What :class:`DepthDataPreprocessor` makes for
                training; frames after the first are not looked at.
            data_samples (list[DepthDataSample]): With ``gt_depth_map``.

        Returns:
            dict[str, Tensor]: Terms; mmengine sums those named "loss".
        """
        target = stack_ground_truth(data_samples)
        depth = self.predict_depth(inputs['net_frames'][:, 0]).float()
        # The loss is taken where the ground truth is: sparse depth must not be resized.
        depth = self.resize(depth, target.shape[-2:])
        terms = {}
        if self.scale_alignment == 'median':
            factors = median_factors(depth.detach(), target)
            terms['mean_scale_factor'] = factors.mean()
            depth = depth * factors
        self.scale_type = self._taught_scale
        for module in self.losses:
            name = getattr(module, 'loss_name', f'loss_{type(module).__name__}')
            value = module(depth, target)
            terms[name] = terms[name] + value if name in terms else value
        terms['mean_depth'] = depth.detach().mean()
        self.check_finite(terms, data_samples)
        return terms

    def predict(self, inputs: Tensor,
                data_samples: Optional[List[DepthDataSample]] = None) -> List[DepthDataSample]:
        """As the base class; the samples also carry ``scale_alignment``."""
        samples = super().predict(inputs, data_samples)
        if self.scale_alignment is not None:
            for sample in samples:
                sample.set_metainfo(dict(scale_alignment=self.scale_alignment))
        return samples


def stack_ground_truth(data_samples: Sequence[DepthDataSample]) -> Tensor:
    """The samples' ``gt_depth_map`` as (B, 1, H, W) float32 metres, 0 where there is none.

    Raises:
        ValueError: If one has none, they differ in size, or one is of a whole
            image of which the net saw a part.
    """
    maps = []
    for sample in data_samples:
        name = sample.get('img_path', 'A sample')
        if 'gt_depth_map' not in sample:
            raise ValueError(
                f'{name} has no ground truth, which supervised training needs. Put '
                'LoadDepthMap into the pipeline, and require_depth=True into the dataset.')
        if sample.get('crop_window') is not None:
            raise ValueError(
                f'{name} was cropped for a prediction of the whole image, but its ground truth '
                'was not. Train with KBCrop(restore=False) after LoadDepthMap.')
        maps.append(sample.gt_depth_map.data.float())
    sizes = {tuple(depth.shape) for depth in maps}
    if len(sizes) > 1:
        names = [sample.get('img_path', '?') for sample in data_samples]
        raise ValueError(
            f'A batch needs ground truth of one size, got (1, H, W) = {sorted(sizes)} from '
            f'{names}. Put LoadDepthMap before KBCrop, RandomCropFrames or ResizeFrames.')
    return torch.stack(maps)


def median_factors(pred: Tensor, target: Tensor) -> Tensor:
    """What gives each image's prediction the median of its ground truth.

    Args:
        pred (Tensor): (B, 1, H, W), positive.
        target (Tensor): (B, 1, H, W), 0 where there is none.

    Returns:
        Tensor: (B, 1, 1, 1); 1 for an image without ground truth.
    """
    factors = [median_scale(p[t > 0], t[t > 0]) if (t > 0).any() else p.new_ones(())
               for p, t in zip(pred, target)]
    return torch.stack(factors).view(-1, 1, 1, 1)
