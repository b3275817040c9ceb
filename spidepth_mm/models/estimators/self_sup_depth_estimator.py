"""Depth and pose learned together from view synthesis."""

from typing import List, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn

from spidepth_mm.geometry import depth_to_disparity, synthesize, transform_from_axisangle
from spidepth_mm.registry import MODELS
from spidepth_mm.structures import DepthDataSample, SynthesizedViews

from .base_depth_estimator import BaseDepthEstimator

STEREO = 's'
POSE_INPUTS = ('normalized', 'raw')
TRANSLATION_SCALINGS = ('none', 'mean_depth', 'mean_inverse_depth')


@MODELS.register_module()
class SelfSupDepthEstimator(BaseDepthEstimator):
    """SPIdepth's training: warp the neighbours into the target, compare, smooth.

    Lavreniuk, "SPIdepth" (2024), section 3. Trains from monocular video (M),
    stereo pairs (S) or both (MS): the samples' ``frame_offsets`` decide.

    Args:
        pose_net (dict, optional): Config of a net called on two frames; None
            for stereo pairs alone.
        losses (Sequence[dict]): Configs of losses called with
            :class:`SynthesizedViews`, at each scale of the head; a term is
            its mean over the scales.
        translation_scaling (str): Unit of the pose net's translation. 'none':
            the depth's unit. 'mean_depth': the target's harmonic mean depth,
            so that the photometric loss does not depend on the depth's scale
            (Wang et al., "Learning Depth from Monocular Videos using Direct
            Methods", CVPR 2018). 'mean_inverse_depth': parity; the reference
            multiplies by the mean inverse depth when it trains without stereo.
            With stereo either of the first two: the baseline fixes the depth's
            scale, and 'mean_depth' only makes the pose easier to learn.
        pose_input (str): What the pose net sees, images 'normalized' as the
            depth net's or 'raw', RGB in [0, 1]. Parity: SQLdepth's pose net
            sees raw images beside a ResNet that sees normalised ones.
        **kwargs: See :class:`BaseDepthEstimator`.

    Raises:
        ValueError: If temporal sources come and there is no pose net, or the
            camera matrices are missing.
    """

    def __init__(self, backbone: dict, head: dict, neck: Optional[dict] = None,
                 pose_net: Optional[dict] = None, losses: List[dict] = (),
                 translation_scaling: str = 'none', pose_input: str = 'normalized', **kwargs):
        if translation_scaling not in TRANSLATION_SCALINGS:
            raise ValueError(f"Unknown translation_scaling '{translation_scaling}'. "
                             f'Valid scalings are {TRANSLATION_SCALINGS}.')
        if pose_input not in POSE_INPUTS:
            raise ValueError(
                f"Unknown pose_input '{pose_input}'. Valid inputs are {POSE_INPUTS}.")
        super().__init__(backbone, head, neck, **kwargs)
        self.pose_net = None if pose_net is None else MODELS.build(pose_net)
        self.losses = nn.ModuleList(MODELS.build(cfg) for cfg in losses)
        self.translation_scaling = translation_scaling
        self.pose_input = pose_input
        self.padding_mode = next(
            (m.padding_mode for m in self.losses if hasattr(m, 'padding_mode')), 'border')
        # Set by a WarmUpHook: only these sources are used for a while. None is all of them.
        self.active_offsets = None
        self.use_memory_format()

    def loss(self, inputs: dict, data_samples: List[DepthDataSample]) -> dict:
        """Losses of a batch of frames.

        Args:
            inputs (dict): What :class:`DepthDataPreprocessor` makes for training.
            data_samples (list[DepthDataSample]): With ``frame_offsets``.

        Returns:
            dict[str, Tensor]: Terms; mmengine sums those named "loss".
        """
        scales = self.synthesize_scales(inputs, data_samples)
        terms = {}
        for views in scales:
            for module in self.losses:
                for name, value in module(views).items():
                    value = value / len(scales)
                    terms[name] = terms[name] + value if name in terms else value
        terms['mean_depth'] = scales[0].depth.detach().mean()
        self.check_finite(terms, data_samples)
        return terms

    def synthesize_views(self, inputs: dict,
                         data_samples: List[DepthDataSample]) -> SynthesizedViews:
        """Depth of the target, motion to the sources, and the sources warped by both.

        Of several scales the finest; see :meth:`synthesize_scales`.
        """
        return self.synthesize_scales(inputs, data_samples)[0]

    def synthesize_scales(self, inputs: dict,
                          data_samples: List[DepthDataSample]) -> List[SynthesizedViews]:
        """The same at each scale of the head, fine to coarse, at the images' resolution."""
        offsets = self.frame_offsets(inputs, data_samples)
        if self.active_offsets is not None:
            inputs, offsets = keep_sources(inputs, offsets, self.active_offsets)
        frames = inputs['frames']
        predictions = [p.float() for p in self.predict_scales(inputs['net_frames'][:, 0])]
        # Parity: coarser depth is resized for the loss, which is at the image's size.
        depths = [self.resize(prediction, frames.shape[-2:]) for prediction in predictions]
        source_from_target = self.source_from_target(inputs, offsets, depths[0])
        scales = []
        for scale, (depth, prediction) in enumerate(zip(depths, predictions)):
            # Pixel coordinates up to 1024 need more than half precision's 11 bits.
            with torch.autocast(frames.device.type, enabled=False):
                warped, valid = synthesize(
                    frames[:, 1:], depth, inputs['cam2img'], source_from_target,
                    self.padding_mode)
            scales.append(SynthesizedViews(
                frames[:, 0], frames[:, 1:], warped, valid, depth, prediction, scale,
                source_from_target, offsets))
        return scales

    def frame_offsets(self, inputs: dict, data_samples: List[DepthDataSample]) -> tuple:
        """The batch's source offsets, checked against what it brings."""
        offsets, *others = dict.fromkeys(tuple(s.frame_offsets) for s in data_samples)
        if others:
            raise ValueError(
                'A batch needs samples of one frame_offsets, got '
                f'{", ".join(map(str, (offsets, *others)))}. Give all datasets of the training '
                'the same.')
        if not offsets:
            raise ValueError(
                'Training needs at least one source frame, got frame_offsets=(). '
                "Set e.g. frame_offsets=(-1, 1) or (-1, 1, 's') in the dataset.")
        if 'cam2img' not in inputs:
            raise ValueError('Training needs cam2img (3x3, pixels) in every data sample; got none.')
        if any(o != STEREO for o in offsets) and self.pose_net is None:
            raise ValueError(
                f'frame_offsets={offsets} has temporal sources, but pose_net is None. '
                "Configure a pose_net, or use frame_offsets=('s',).")
        if STEREO in offsets:
            if 'source_from_target' not in inputs:
                raise ValueError(
                    f'frame_offsets={offsets} has a stereo source, but the data samples have no '
                    'source_from_target (4x4, metres).')
            self.scale_type = 'stereo'
        return offsets

    def source_from_target(self, inputs: dict, offsets: tuple, depth: Tensor) -> Tensor:
        """(B, S, 4, 4): known for the stereo partner, predicted for the others."""
        temporal = [o for o in offsets if o != STEREO]
        predicted = iter(self.predict_motions(inputs, offsets, temporal, depth))
        return torch.stack([
            inputs['source_from_target'] if offset == STEREO else next(predicted)
            for offset in offsets], 1)

    def predict_motions(self, inputs: dict, offsets: tuple, temporal: list,
                        depth: Tensor) -> List[Tensor]:
        """One (B, 4, 4) for each temporal offset, all pairs in one call of the pose net.

        The net sees the frames in temporal order, so that forward motion looks
        the same from either end; for an earlier source the result is inverted.
        """
        if not temporal:
            return []
        frames = inputs['net_frames']
        if self.pose_input == 'raw':
            frames = self.data_preprocessor.denormalize(frames)
        target = frames[:, 0]
        pairs = []
        for offset in temporal:
            source = frames[:, 1 + offsets.index(offset)]
            pairs.append((source, target) if offset < 0 else (target, source))
        first, second = (torch.cat(side) for side in zip(*pairs))
        axisangle, translation = self.pose_net(first, second)
        if self.translation_scaling != 'none':
            mean_disparity = depth_to_disparity(depth).mean((1, 2, 3))
            unit = mean_disparity if self.translation_scaling == 'mean_inverse_depth' \
                else 1 / mean_disparity
            translation = translation * unit.repeat(len(temporal))[:, None]
        # A rotation from half-precision products is off by whole pixels.
        with torch.autocast(frames.device.type, enabled=False):
            return [
                transform_from_axisangle(a, t, invert=offset < 0)
                for offset, a, t in zip(temporal, axisangle.chunk(len(temporal)),
                                        translation.chunk(len(temporal)))]


def keep_sources(inputs: dict, offsets: tuple, kept: Sequence) -> Tuple[dict, tuple]:
    """A batch with only some of its sources, or as it is if it has none of them.

    Args:
        inputs (dict): ``frames`` and ``net_frames`` (B, 1 + S, 3, H, W), and more.
        offsets (tuple): The S sources' offsets.
        kept (Sequence): Offsets to keep.

    Returns:
        tuple[dict, tuple]: A new dict, and the offsets that are left.
    """
    # So a config that lets stereo partners begin trains monocular video by one field as well.
    left = tuple(offset for offset in offsets if offset in kept) or offsets
    index = [0] + [1 + offsets.index(offset) for offset in left]
    return dict(inputs, frames=inputs['frames'][:, index],
                net_frames=inputs['net_frames'][:, index]), left
