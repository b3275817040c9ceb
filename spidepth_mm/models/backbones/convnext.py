"""ConvNeXt and ConvNeXt V2 encoders that give a feature map per stage."""

import torch
from mmpretrain.models import ConvNeXt as _ConvNeXt
from mmpretrain.models.backbones.convnext import ConvNeXtBlock as _ConvNeXtBlock
from mmpretrain.models.utils import GRN, LayerNorm2d
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from spidepth_mm.registry import MODELS
from spidepth_mm.utils.recording import is_recorded

from .depthwise_conv import DepthwiseConv2d
from .global_response_norm import GlobalResponseNorm, response_norm_linear
from .input_channels import adapt_stem_on_load


class ChannelsLastNorm(LayerNorm2d):
    """mmpretrain's ``LN2d``, whose output stays in the layout that the norm works in."""

    def forward(self, x: Tensor, data_format: str = 'channel_first') -> Tensor:
        if data_format == 'channel_last':
            return super().forward(x, data_format)
        return super().forward(x.permute(0, 2, 3, 1), 'channel_last').permute(0, 3, 1, 2)


class ConvNeXtBlock(_ConvNeXtBlock):
    """mmpretrain's block, in which GRN and the layer after it are one where that is faster."""

    def forward(self, x: Tensor) -> Tensor:
        pixels, channels = x.shape[-2] * x.shape[-1], x.shape[1]
        # A layer that was wrapped, to be shared out or quantised, has to be called.
        plain = type(self.grn) is GlobalResponseNorm and type(self.pointwise_conv2) is nn.Linear
        if not plain or x.device.type != 'cpu' or pixels < channels or is_recorded():
            return super().forward(x)
        if self.with_cp and x.requires_grad:
            return checkpoint(self.add_response, x, use_reentrant=False)
        return self.add_response(x)

    def add_response(self, x: Tensor) -> Tensor:
        """What mmpretrain's block computes with GRN and linear layers."""
        inner = self.depthwise_conv(x).permute(0, 2, 3, 1)
        inner = self.norm(inner, data_format='channel_last')
        inner = self.act(self.pointwise_conv1(inner))
        if torch.is_autocast_enabled('cpu'):
            inner = inner.to(torch.get_autocast_dtype('cpu'))
        last = self.pointwise_conv2
        inner = response_norm_linear(
            inner, self.grn.gamma, self.grn.beta, self.grn.eps, last.weight, last.bias)
        inner = inner.permute(0, 3, 1, 2)
        if self.gamma is not None:
            inner = inner * self.gamma.view(1, -1, 1, 1)
        return x + self.drop_path(inner)


# By the class that mmpretrain builds from: the same layer, faster.
FAST_LAYERS = {
    nn.Conv2d: DepthwiseConv2d, GRN: GlobalResponseNorm, LayerNorm2d: ChannelsLastNorm,
    _ConvNeXtBlock: ConvNeXtBlock}


def use_fast_layers(module: nn.Module) -> None:
    """Change what layers compute with, not what: names, weights and initialisation stay."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d) and layer.groups == 1:
            continue
        layer.__class__ = FAST_LAYERS.get(type(layer), type(layer))


@MODELS.register_module()
class ConvNeXt(_ConvNeXt):
    """mmpretrain's ConvNeXt as a dense-prediction encoder.

    Liu et al., "A ConvNet for the 2020s" (CVPR 2022). All arguments are
    mmpretrain's; three things differ. Each stage's map is returned by
    default, not pooled. ``out_norm`` says whether the outputs pass a
    LayerNorm. A 3-channel checkpoint loads into a stem of 3n channels.

    Args:
        arch (str | dict): Size, 'atto' to 'huge', or depths and channels.
        out_norm (bool): False, as in the reference implementation, whose
            encoder (timm's ``features_only``) has no output norms. True is
            mmpretrain's own behaviour.
        out_indices (Sequence[int]): Stages to return, strides 4, 8, 16, 32.
        **kwargs: mmpretrain's.

    Input: (B, in_channels, H, W). Output: tuple of (B, C_i, H/s_i, W/s_i).
    """

    def __init__(self, arch='tiny', *, out_norm=False, out_indices=(0, 1, 2, 3),
                 gap_before_final_norm=False, **kwargs):
        # mmpretrain replaces negative indices in the list that it is given: give it our own.
        super().__init__(
            arch=arch, out_indices=list(out_indices),
            gap_before_final_norm=gap_before_final_norm, **kwargs)
        self.out_norm = out_norm
        if not out_norm:
            for index in self.out_indices:
                setattr(self, f'norm{index}', nn.Identity())
            self._register_load_state_dict_pre_hook(self._drop_norms)
        use_fast_layers(self)
        adapt_stem_on_load(self)

    def _drop_norms(self, state_dict, prefix, *_):
        # An ImageNet checkpoint carries the norm before its classifier; it is no part of this
        # encoder, so it is neither unexpected nor loaded.
        for index in range(self.num_stages):
            for leaf in ('weight', 'bias'):
                state_dict.pop(f'{prefix}norm{index}.{leaf}', None)

    def train(self, mode: bool = True):
        """As ``nn.Module.train``; mmpretrain's returns None, which breaks chained calls."""
        super().train(mode)
        return self


@MODELS.register_module()
class ConvNeXtV2(ConvNeXt):
    """ConvNeXt V2: Global Response Normalisation on, layer scale off.

    Woo et al., "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked
    Autoencoders" (CVPR 2023). Arguments as :class:`ConvNeXt`.
    """

    def __init__(self, arch='tiny', *, use_grn=True, layer_scale_init_value=0., **kwargs):
        super().__init__(
            arch=arch, use_grn=use_grn, layer_scale_init_value=layer_scale_init_value, **kwargs)
