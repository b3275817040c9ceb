"""SQLdepth's decoder for ResNet: from the coarsest map up, meeting each finer one."""

from typing import Optional, Sequence, Tuple

from mmengine.model import BaseModule
from torch import Tensor, nn

from spidepth_mm.registry import MODELS

from .unet_decoder import DecoderBlock

# Shared defaults: ConvModule copies what it is given.
_BATCH_NORM = dict(type='BN')
_LEAKY_RELU = dict(type='LeakyReLU', negative_slope=0.01)


@MODELS.register_module()
class DenseDepthDecoder(BaseModule):
    """DenseDepth's decoder, as AdaBins and SQLdepth's ResNet-50 have it.

    Alhashim and Wonka, "High Quality Monocular Depth Estimation via Transfer
    Learning" (2018). It ends at the finest encoder map's size, where
    :class:`UNetDecoder` ends at twice that.

    Args:
        in_channels (Sequence[int]): Channels of the encoder's maps, fine to coarse.
        decoder_channels (Sequence[int]): Channels after the bottleneck and
            after each meeting, coarse to fine; as many as there are maps.
        out_channels (int): Channels of the output (the papers' model dimension).
        norm_cfg (dict): Norm of each 3x3 convolution, mmcv's grammar.
        act_cfg (dict): Activation of each 3x3 convolution, mmcv's grammar.
        init_cfg (dict, optional): He initialisation of the convolutions if None.

    Input: sequence of (B, C_i, H/s_i, W/s_i), strides e.g. 2, 4, 8, 16, 32.
    Output: tuple of one (B, out_channels, H/s_0, W/s_0).

    Raises:
        ValueError: If the numbers of maps and decoder channels differ.
    """

    def __init__(self,
                 in_channels: Sequence[int],
                 decoder_channels: Sequence[int] = (256, 128, 64, 32, 16),
                 out_channels: int = 32,
                 norm_cfg: Optional[dict] = _BATCH_NORM,
                 act_cfg: Optional[dict] = _LEAKY_RELU,
                 init_cfg: Optional[dict] = None):
        if len(in_channels) != len(decoder_channels):
            raise ValueError(
                f'DenseDepthDecoder got {len(in_channels)} in_channels {tuple(in_channels)} and '
                f'{len(decoder_channels)} decoder_channels {tuple(decoder_channels)}; expected '
                'one for the bottleneck and one for each finer encoder map.')
        super().__init__(init_cfg or dict(type='Kaiming', layer='Conv2d', a=0.01, mode='fan_in'))
        coarse, *skips = reversed(in_channels)
        # Parity: padded, so that the coarsest map grows by a border that holds the bias alone.
        self.bottleneck = nn.Conv2d(coarse, decoder_channels[0], 1, padding=1)
        # Parity: the convolutions have a bias although a norm follows.
        self.up_blocks = nn.ModuleList(
            DecoderBlock(below + skip, out, norm_cfg, act_cfg, bias=True)
            for below, skip, out in zip(decoder_channels, skips, decoder_channels[1:]))
        self.out_conv = nn.Conv2d(decoder_channels[-1], out_channels, 3, padding=1)

    def forward(self, inputs: Sequence[Tensor]) -> Tuple[Tensor]:
        coarse, *skips = reversed(inputs)
        x = self.bottleneck(coarse)
        for block, skip in zip(self.up_blocks, skips):
            x = block(x, skip)
        return (self.out_conv(x), )
