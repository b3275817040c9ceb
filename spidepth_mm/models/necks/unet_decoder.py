"""U-Net decoder: an encoder's stages to one feature map at twice the finest stage's size."""

import warnings
from typing import Optional, Sequence, Tuple

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from spidepth_mm.registry import MODELS
from spidepth_mm.utils.recording import is_recorded

# Shared defaults: ConvModule copies what it is given.
_BATCH_NORM = dict(type='BN')
_RELU = dict(type='ReLU')
CONVOLVE_FIRST_CHANNELS = 192


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
        size = [2 * side for side in x.shape[-2:]] if skip is None else skip.shape[-2:]
        resize = dict(size=size, mode='bilinear', align_corners=skip is not None)
        if pays_to_convolve_first(x):
            x = convolve_upsampled(x, skip, self.conv1.conv, resize)
            return self.conv2(activate(self.conv1, x))
        x = F.interpolate(x, **resize)
        if skip is not None:
            x = torch.cat([x, skip], 1)
        return self.conv2(self.conv1(x))


def pays_to_convolve_first(x: Tensor) -> bool:
    """Whether :func:`convolve_upsampled` saves time.

    It saves three quarters of the products and passes over the output nine times. On a processor
    that breaks even at about 140 channels; a GPU, or a processor's half-precision unit, has
    products to spare. Autograd would keep nine maps.
    """
    return (x.shape[1] >= CONVOLVE_FIRST_CHANNELS and x.device.type == 'cpu'
            and x.dtype == torch.float32 and not torch.is_autocast_enabled('cpu')
            and not torch.is_grad_enabled() and not is_recorded())


def convolve_upsampled(x: Tensor, skip: Optional[Tensor], conv: nn.Conv2d,
                       resize: dict) -> Tensor:
    """``conv(cat([F.interpolate(x, **resize), skip], 1))``, the products before the resizing.

    Each of the 3x3 taps is a 1x1 convolution, and that commutes with interpolation.

    Args:
        x (Tensor): (B, C, h, w).
        skip (Tensor, optional): (B, K, H, W).
        conv (nn.Conv2d): 3x3 of C + K channels, padding 1.
        resize (dict): To (H, W), arguments of ``F.interpolate``.
    """
    height, width = resize['size']
    taps = conv.weight[:, :x.shape[1]]
    if skip is None:
        out = x.new_zeros(len(x), len(taps), height, width).to(memory_format=torch.channels_last)
    else:
        out = F.conv2d(skip, conv.weight[:, x.shape[1]:], padding=1)
    for row in (-1, 0, 1):
        for col in (-1, 0, 1):
            tap = F.conv2d(x, taps[:, :, row + 1:row + 2, col + 1:col + 2])
            tap = F.interpolate(tap, **resize)
            # Zeros lie around: out[r, c] gets tap[r + row, c + col] where there is one.
            top, left = max(row, 0), max(col, 0)
            rows, cols = height - abs(row), width - abs(col)
            out[..., top - row:top - row + rows, left - col:left - col + cols] += tap[
                ..., top:top + rows, left:left + cols]
    return out if conv.bias is None else out.add_(conv.bias[:, None, None])


def activate(module: ConvModule, x: Tensor) -> Tensor:
    """What follows the convolution of a :class:`ConvModule`."""
    x = module.norm(x) if module.with_norm else x
    return module.activate(x) if module.with_activation else x


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
