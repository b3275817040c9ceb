"""Monodepth2's decoder: a feature map for each scale of the prediction."""

from typing import Optional, Sequence, Tuple

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from spidepth_mm.registry import MODELS

_ELU = dict(type='ELU')  # shared default: ConvModule copies what it is given


class _UpBlock(BaseModule):
    """A 3x3 convolution, twice the size, the skip beside it, and another 3x3 convolution."""

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int, act_cfg: dict):
        super().__init__()
        conv_cfg = dict(kernel_size=3, padding=1, padding_mode='reflect', act_cfg=act_cfg)
        self.conv1 = ConvModule(in_channels, out_channels, **conv_cfg)
        self.conv2 = ConvModule(out_channels + skip_channels, out_channels, **conv_cfg)

    def forward(self, x: Tensor, skip: Optional[Tensor]) -> Tensor:
        x = self.conv1(x)
        size = skip.shape[-2:] if skip is not None else [2 * side for side in x.shape[-2:]]
        x = F.interpolate(x, size=tuple(size), mode='nearest')
        return self.conv2(x if skip is None else torch.cat([x, skip], 1))


@MODELS.register_module()
class Monodepth2Decoder(BaseModule):
    """U-Net decoder without norms, after DispNet, that gives its last maps.

    Godard et al., "Digging Into Self-Supervised Monocular Depth Estimation"
    (ICCV 2019): nearest-neighbour upsampling, reflection padding, ELU.

    Args:
        in_channels (Sequence[int]): Channels of the encoder's maps, fine to coarse.
        decoder_channels (Sequence[int]): Channels of the decoder's blocks,
            coarse to fine; as many as there are maps.
        num_outputs (int): How many blocks' maps are returned, from the finest.
        act_cfg (dict): Activation of each convolution, mmcv's grammar.
        init_cfg (dict, optional): mmengine's.

    Input: sequence of (B, C_i, H/s_i, W/s_i), strides e.g. 2, 4, 8, 16, 32.
    Output: tuple of ``num_outputs`` maps, fine to coarse, strides 1, 2, 4, 8.

    Raises:
        ValueError: If the numbers of maps and blocks differ, or more outputs
            are wanted than there are blocks; in ``forward``, if the coarsest
            map is too small to be reflected.
    """

    def __init__(self,
                 in_channels: Sequence[int],
                 decoder_channels: Sequence[int] = (256, 128, 64, 32, 16),
                 num_outputs: int = 4,
                 act_cfg: dict = _ELU,
                 init_cfg: Optional[dict] = None):
        if len(in_channels) != len(decoder_channels):
            raise ValueError(
                f'Monodepth2Decoder got {len(in_channels)} in_channels {tuple(in_channels)} and '
                f'{len(decoder_channels)} decoder_channels {tuple(decoder_channels)}; expected '
                'one block for each encoder map.')
        if not 1 <= num_outputs <= len(decoder_channels):
            raise ValueError(f'num_outputs must be 1 to {len(decoder_channels)}, the number of '
                             f'blocks, got {num_outputs}.')
        super().__init__(init_cfg)
        self.num_outputs = num_outputs
        coarse, *skips = reversed(in_channels)
        below = [coarse, *decoder_channels[:-1]]
        self.blocks = nn.ModuleList(
            _UpBlock(b, skip, out, act_cfg)
            for b, skip, out in zip(below, [*skips, 0], decoder_channels))

    def forward(self, inputs: Sequence[Tensor]) -> Tuple[Tensor, ...]:
        x, *skips = reversed(inputs)
        if min(x.shape[-2:]) < 2:
            raise ValueError(
                'Monodepth2Decoder reflects maps at their borders, so the coarsest must be at '
                f'least 2x2, got {x.shape[-2]}x{x.shape[-1]} (height x width). Use larger images.')
        maps = []
        for block, skip in zip(self.blocks, [*skips, None]):
            x = block(x, skip)
            maps.append(x)
        return tuple(maps[:-self.num_outputs - 1:-1])
