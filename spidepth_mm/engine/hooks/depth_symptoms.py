"""What goes wrong while depth is learned: how it is measured, and what usually causes it."""

from dataclasses import dataclass
from typing import Dict, List, Optional

import torch
from torch import Tensor

from spidepth_mm.datasets.frame_offsets import STEREO
from spidepth_mm.geometry import depth_to_disparity, rotation_angle
from spidepth_mm.structures import SynthesizedViews

# Depth from here on to the end of the range counts as infinitely far.
_FAR = 0.95


def measure_depth(depth: Tensor, max_depth: Optional[float] = None) -> Dict[str, float]:
    """Numbers that tell a sound depth map.

    Args:
        depth (Tensor): (B, 1, H, W), positive.
        max_depth (float, optional): The end of the head's range.

    Returns:
        dict: ``non_finite`` (share of pixels), ``depth_spread`` (standard
        deviation of log depth within an image, mean over the finite images)
        and, with ``max_depth``, ``far`` (share of pixels at the range's end).
    """
    finite = torch.isfinite(depth)
    measured = dict(non_finite=1 - finite.float().mean().item())
    images = depth[finite.flatten(1).all(1)].clamp(min=1e-6).flatten(1)
    if len(images):
        measured['depth_spread'] = images.log().std(1).mean().item()
    if max_depth is not None:
        measured['far'] = (depth >= _FAR * max_depth).float().mean().item()
    return measured


def measure_motion(views: SynthesizedViews) -> Dict[str, float]:
    """Size of the predicted motions, per frame.

    Returns:
        dict: ``translation`` (in units of the harmonic mean depth) and
        ``rotation`` (degrees), means over batch and temporal sources; empty
        without any.
    """
    temporal = [i for i, offset in enumerate(views.frame_offsets) if offset != STEREO]
    if views.source_from_target is None or not temporal:
        return {}
    motion = views.source_from_target[:, temporal].float()
    frames = motion.new_tensor([abs(views.frame_offsets[i]) for i in temporal])
    unit = 1 / depth_to_disparity(views.depth).mean((1, 2, 3))
    translation = motion[..., :3, 3].norm(dim=-1) / unit[:, None] / frames
    return dict(translation=translation.mean().item(),
                rotation=(torch.rad2deg(rotation_angle(motion)) / frames).mean().item())


@dataclass(frozen=True)
class Symptom:
    """A kind of trouble.

    Attributes:
        name (str): Its kind; also the name of its limit.
        quantity (str): Which measured number shows it.
        limit (float): Where it begins.
        is_above (bool): Whether numbers above the limit show it, or below.
        early (bool): Whether it is one already while training begins.
        what (str): In words, with ``{value}`` and ``{limit}``.
        advice (str): Usual causes, and what to do.
    """

    name: str
    quantity: str
    limit: float
    is_above: bool
    early: bool
    what: str
    advice: str

    def shows(self, measured: Dict[str, float], limit: float) -> bool:
        value = measured.get(self.quantity)
        # A NaN is neither; non_finite_depth tells of it.
        return value is not None and (value > limit if self.is_above else value < limit)

    def describe(self, measured: Dict[str, float], limit: float) -> str:
        value = measured[self.quantity]
        percent = dict(value_percent=100 * value, limit_percent=100 * limit)
        return f'{self.what.format(value=value, limit=limit, **percent)} {self.advice}'


_STILL_CAMERA = 'a camera that stands still in most frames (filter them out)'
_NO_NEIGHBOURS = 'neighbours that are not (cuts, missing frames, a wrong sort order)'
_WITHOUT_MASK = 'start without auto-masking (WarmUpHook on losses.0.auto_mask)'

SYMPTOMS: List[Symptom] = [
    Symptom(
        'non_finite_depth', 'non_finite', 0., True, True,
        '{value_percent:.2g} % of the predicted depth is NaN or infinite.',
        'Usual causes: weights that too high a learning rate has driven away, half precision, or '
        'a damaged checkpoint. Lower the learning rate, clip the gradients '
        '(optim_wrapper.clip_grad=dict(max_norm=1.0)), and go on from an earlier checkpoint.'),
    Symptom(
        'collapsed_depth', 'depth_spread', 0.05, False, False,
        'Depth has collapsed: within an image it varies by {value_percent:.2g} % only.',
        f'Usual causes: {_STILL_CAMERA}, too high a smoothness weight, wrong intrinsics, or a pose '
        'net that has not found the motion. Look at the pictures of TrainingVisualizationHook; '
        'let stereo partners begin, if there are any (WarmUpHook on active_offsets), or '
        f'{_WITHOUT_MASK}.'),
    Symptom(
        'holes_at_infinity', 'far', 0.3, True, False,
        '{value_percent:.0f} % of the pixels are at the far end of the depth range.',
        'Usual causes: things that move along with the camera (keep auto_mask=True, and mix in '
        "stereo, frame_offsets=(-1, 1, 's'), if you can), much sky, or a depth range that is too "
        'short for the learned scale (the second number of model.head.depth_range).'),
    Symptom(
        'small_motion', 'translation', 2e-3, False, False,
        'The predicted motion is almost none: {value:.1g} of the mean depth per frame.',
        f'Usual causes: {_STILL_CAMERA}, frames that are too close in time (use larger '
        'frame_offsets), or a pose net that has not found the motion and explains it by rotation: '
        'raise its learning rate (optim_wrapper.paramwise_cfg, custom_keys pose_net) or its '
        f'pose_scale, or {_WITHOUT_MASK}.'),
    Symptom(
        'large_motion', 'translation', 1., True, True,
        'The predicted motion is {value:.1f} of the mean depth per frame.',
        f'Usual causes: {_NO_NEIGHBOURS}, too high a learning rate of the pose net, or too large '
        'a pose_scale.'),
    Symptom(
        'large_rotation', 'rotation', 20., True, True,
        'The predicted rotation is {value:.0f} degrees per frame.',
        f'Usual causes: {_NO_NEIGHBOURS}, too high a learning rate of the pose net, or wrong '
        'intrinsics.'),
    Symptom(
        'much_automasked', 'automasked', 0.95, True, False,
        '{value_percent:.0f} % of the pixels are auto-masked: an unmoved neighbour explains them '
        'better than the warped ones.',
        f'Usual causes: {_STILL_CAMERA}, neighbours that are the same image twice, or a wrong '
        f'motion or wrong intrinsics. If the pose net has to learn first, {_WITHOUT_MASK}.'),
]
KINDS = tuple(symptom.name for symptom in SYMPTOMS)
