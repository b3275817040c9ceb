"""The standard pose net: the row without strengthened pose information."""

from typing import Optional, Tuple

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from spidepth_mm.registry import MODELS


def split_pose(maps: Tensor, pose_scale: float) -> Tuple[Tensor, Tensor]:
    """Average six-channel maps to a pose.

    Args:
        maps (Tensor): (B, 6, h, w).
        pose_scale (float): Factor on the mean; small, so that training starts near identity.

    Returns:
        tuple[Tensor, Tensor]: axis-angle (B, 3) in radians and translation
        (B, 3) in the depth's unit. In float32: the geometry needs it.
    """
    pose = pose_scale * maps.float().mean((2, 3))
    return pose[:, :3], pose[:, 3:]


@MODELS.register_module()
class PoseCNN(BaseModule):
    """Seven convolutions on two concatenated frames.

    Zhou et al., "Unsupervised Learning of Depth and Ego-Motion from Video"
    (CVPR 2017), as simplified in Monodepth2 (ICCV 2019).

    Args:
        pose_scale (float): Factor on the output.
        init_cfg (dict, optional): mmengine's.

    Called as ``pose_net(frame_a, frame_b)`` on two (B, 3, H, W); returns
    axis-angle (B, 3) and translation (B, 3) of the motion that takes points
    from camera a into camera b.
    """

    _LAYERS = ((16, 7), (32, 5), (64, 3), (128, 3), (256, 3), (256, 3), (256, 3))

    def __init__(self, pose_scale: float = 0.01, init_cfg: Optional[dict] = None):
        super().__init__(init_cfg)
        self.pose_scale = pose_scale
        self.pose_conv = nn.Conv2d(self._LAYERS[-1][0], 6, 1)
        channels = [6, *(width for width, _ in self._LAYERS)]
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, kernel, stride=2, padding=kernel // 2)
            for before, (after, kernel) in zip(channels, self._LAYERS))

    def forward(self, frame_a: Tensor, frame_b: Tensor) -> Tuple[Tensor, Tensor]:
        x = torch.cat([frame_a, frame_b], 1)
        for conv in self.convs:
            x = conv(x).relu()
        return split_pose(self.pose_conv(x), self.pose_scale)
