"""Strengthened pose information: a strong encoder looks at both frames."""

from typing import Optional, Tuple

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from spidepth_mm.registry import MODELS

from ..backbones.input_channels import adapt_stem_on_load
from .pose_cnn import split_pose


def output_channels(backbone: nn.Module) -> int:
    """Channels of a backbone's last feature map, found by looking at a small image."""
    stem = next(m for m in backbone.modules() if isinstance(m, nn.Conv2d))
    was_training = backbone.training
    backbone.eval()  # not chained: some of mmpretrain's backbones return None
    with torch.no_grad():
        features = last_map(backbone(stem.weight.new_zeros(1, stem.in_channels, 64, 64)))
    backbone.train(was_training)
    return features.shape[1]


def last_map(features) -> Tensor:
    """The last of a backbone's outputs, which must be (B, C, h, w)."""
    features = features[-1] if isinstance(features, (tuple, list)) else features
    if not isinstance(features, Tensor) or features.ndim != 4:
        got = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(
            f'StrengthenedPoseNet needs a backbone whose last output is a feature map '
            f'(B, C, h, w), got {got}. For a vision transformer set out_type="featmap".')
    return features


@MODELS.register_module()
class StrengthenedPoseNet(BaseModule):
    """SPIdepth's pose net: any strong encoder, squeeze, two convolutions, six numbers.

    Lavreniuk, "SPIdepth: Strengthened Pose Information for Self-supervised
    Monocular Depth Estimation" (2024), section 3.2.

    Args:
        backbone (dict): Config of any registered backbone with 6 input
            channels, ConvNet or transformer. A 3-channel checkpoint is
            adapted to 6 channels as it is loaded.
        hidden_channels (int): Width of the pose decoder.
        pose_scale (float): Factor on the output.
        in_channels (int, optional): Channels of the backbone's last map;
            found out if None.
        init_cfg (dict, optional): mmengine's.

    Called as ``pose_net(frame_a, frame_b)`` on two (B, 3, H, W); returns
    axis-angle (B, 3) and translation (B, 3) of the motion that takes points
    from camera a into camera b.

    Raises:
        ValueError: If the backbone does not take 6 channels or gives no map.
    """

    def __init__(self, backbone: dict, hidden_channels: int = 256, pose_scale: float = 0.01,
                 in_channels: Optional[int] = None, init_cfg: Optional[dict] = None):
        super().__init__(init_cfg)
        self.pose_scale = pose_scale
        self.backbone = MODELS.build(backbone)
        stem = next((m for m in self.backbone.modules() if isinstance(m, nn.Conv2d)), None)
        if stem is None or stem.in_channels != 6:
            got = 'no convolution' if stem is None else stem.in_channels
            raise ValueError(
                'StrengthenedPoseNet needs a backbone with 6 input channels (two RGB frames), '
                f'got {got}. Set in_channels=6 in its config.')
        adapt_stem_on_load(self.backbone)
        in_channels = in_channels or output_channels(self.backbone)
        self.squeeze = nn.Conv2d(in_channels, hidden_channels, 1)
        self.decoder = nn.Sequential(
            nn.Conv2d(hidden_channels, hidden_channels, 3, padding=1), nn.ReLU(),
            nn.Conv2d(hidden_channels, hidden_channels, 3, padding=1), nn.ReLU(),
            nn.Conv2d(hidden_channels, 6, 1))

    def forward(self, frame_a: Tensor, frame_b: Tensor) -> Tuple[Tensor, Tensor]:
        features = last_map(self.backbone(torch.cat([frame_a, frame_b], 1)))
        return split_pose(self.decoder(self.squeeze(features).relu()), self.pose_scale)
