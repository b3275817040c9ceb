"""U-Net decoder: an encoder's stages to one feature map at twice the finest stage's size."""

import warnings
from typing import Optional, Sequence, Tuple

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from spidepth_mm.registry import MODELS

# Shared defaults: ConvModule copies what it is given.
_BATCH_NORM = dict(type='BN')
_RELU = dict(type='ReLU')


class DecoderBlock(BaseModule):
    """Upsample to the skip, concatenate, two 3x3 convolutions."""

    def __init__(self, in_channels: int, out_channels: int, norm_cfg: dict, act_cfg: dict,
                 bias='auto'):
        super().__init__()
        conv_cfg = dict(
            kernel_size=3, padding=1, bias=bias, norm_cfg=norm_cfg, act_cfg=act_cfg)
        with warnings.catch_warnings():
            # A bias before a norm does nothing, but weights may come with it.
            warnings.filterwarnings('ignore', 'Unnecessary conv bias')
            self.conv1 = ConvModule(in_channels, out_channels, **conv_cfg)
            self.conv2 = ConvModule(out_channels, out_channels, **conv_cfg)

    def forward(self, x: Tensor, skip: Tensor = None) -> Tensor:
        # Parity: the reference aligns corners when it upsamples to a skip, and does not in the
        # last block, which has none.
        if skip is None:
            x = F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False)
        else:
            x = F.interpolate(x, size=skip.shape[-2:], mode='bilinear', align_corners=True)
            x = torch.cat([x, skip], 1)
        return self.conv2(self.conv1(x))


@MODELS.register_module()
class UNetDecoder(BaseModule):
    """The DepthNet's decoder, as in SQLdepth and SPIdepth.

    Args:
        in_channels (Sequence[int]): Channels of the encoder's stages, fine to coarse.
        decoder_channels (Sequence[int]): Channels of the decoder's blocks,
            coarse to fine; as many as there are stages.
        out_channels (int): Channels of the output (the paper's model dimension).
        norm_cfg (dict): Norm of each 3x3 convolution, mmcv's grammar.
        act_cfg (dict): Activation of each 3x3 convolution, mmcv's grammar.
        init_cfg (dict, optional): He initialisation of the convolutions if None.

    Input: sequence of (B, C_i, H/s_i, W/s_i), strides e.g. 4, 8, 16, 32.
    Output: tuple of one (B, out_channels, 2H/s_0, 2W/s_0).

    Raises:
        ValueError: If the numbers of stages and blocks differ.
    """

    def __init__(self,
                 in_channels: Sequence[int],
                 decoder_channels: Sequence[int] = (1024, 512, 256, 128),
                 out_channels: int = 32,
                 norm_cfg: Optional[dict] = _BATCH_NORM,
                 act_cfg: Optional[dict] = _RELU,
                 init_cfg: Optional[dict] = None):
        if len(in_channels) != len(decoder_channels):
            raise ValueError(
                f'UNetDecoder got {len(in_channels)} in_channels {tuple(in_channels)} and '
                f'{len(decoder_channels)} decoder_channels {tuple(decoder_channels)}; expected '
                'one block for each encoder stage.')
        super().__init__(init_cfg or dict(type='Kaiming', layer='Conv2d', a=0, mode='fan_in'))
        coarse, *skips = reversed(in_channels)
        below = [coarse, *decoder_channels[:-1]]
        self.blocks = nn.ModuleList(
            DecoderBlock(b + s, out, norm_cfg, act_cfg)
            for b, s, out in zip(below, [*skips, 0], decoder_channels))
        self.final_conv = nn.Conv2d(decoder_channels[-1], out_channels, 1)

    def forward(self, inputs: Sequence[Tensor]) -> Tuple[Tensor]:
        x, *skips = reversed(inputs)
        for block, skip in zip(self.blocks, [*skips, None]):
            x = block(x, skip)
        return (self.final_conv(x), )
