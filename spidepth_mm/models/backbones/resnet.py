"""ResNet encoders that give the stem's feature map as well as the stages'."""

from typing import Tuple

from mmpretrain.models import ResNet as _ResNet
from torch import Tensor

from spidepth_mm.registry import MODELS

from .input_channels import adapt_stem_on_load


@MODELS.register_module()
class ResNet(_ResNet):
    """mmpretrain's ResNet as a dense-prediction encoder.

    He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016). All
    arguments are mmpretrain's; two things differ. The map before the first
    pooling is returned too, at stride 2, where depth decoders take their
    finest detail. A 3-channel checkpoint loads into a stem of 3n channels.

    Args:
        depth (int): Number of layers, 18, 34, 50, 101 or 152.
        out_stem (bool): Return the stem's map first. False is mmpretrain's
            own behaviour.
        out_indices (Sequence[int]): Stages to return, strides 4, 8, 16, 32.
        **kwargs: mmpretrain's.

    Input: (B, in_channels, H, W). Output: tuple of (B, C_i, H/s_i, W/s_i),
    strides 2, 4, 8, 16, 32 and channels 64, 64, 128, 256, 512 for depth 18.
    """

    def __init__(self, depth: int, *, out_stem: bool = True, out_indices=(0, 1, 2, 3), **kwargs):
        super().__init__(depth=depth, out_indices=out_indices, **kwargs)
        self.out_stem = out_stem
        adapt_stem_on_load(self)

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        x = self.stem(x) if self.deep_stem else self.relu(self.norm1(self.conv1(x)))
        outputs = [x] if self.out_stem else []
        x = self.maxpool(x)
        for index, name in enumerate(self.res_layers):
            x = getattr(self, name)(x)
            if index in self.out_indices:
                outputs.append(x)
        return tuple(outputs)

    def train(self, mode: bool = True):
        """As ``nn.Module.train``; mmpretrain's returns None, which breaks chained calls."""
        super().train(mode)
        return self
