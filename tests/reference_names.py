"""From the reference implementation's parameter names to this package's."""

from __future__ import annotations

import re
from typing import Callable, Mapping

import torch
from torch import nn

# Pairs of (pattern, replacement), tried in this order; all that match are applied.
_SQL_HEAD = (
    ('^positional_encodings', 'query_transformer.positional_encodings'),
    (r'^embedding_convPxP\.', 'query_transformer.patch_embed.'),
    (r'^transformer_encoder\.', 'query_transformer.encoder.'),
    (r'^conv3x3\.', 'feature_proj.'),
    (r'^bins_regressor\.', 'bin_mlp.'),
    (r'^convert_to_prob\.0\.', 'bin_conv.'),
)
_CONVNEXT = (
    (r'^stem_(\d)', r'downsample_layers.0.\1'),
    (r'^stages_(\d)\.downsample', r'downsample_layers.\1'),
    (r'^stages_(\d)\.blocks', r'stages.\1'),
    ('conv_dw', 'depthwise_conv'),
    (r'mlp\.fc(\d)', r'pointwise_conv\1'),
    (r'mlp\.grn\.weight', 'grn.gamma'),
    (r'mlp\.grn\.bias', 'grn.beta'),
)
_POSE_DECODER = (
    (r'^squeeze\.0\.', 'squeeze.'),
    (r'^decoder\.2\.', 'decoder.4.'),
    (r'^decoder\.1\.0\.', 'decoder.2.'),
    (r'^decoder\.0\.0\.', 'decoder.0.'),
)


def _rename(name: str, rules) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def sql_head_name(name: str) -> str:
    """Of the reference's depth file."""
    return _rename(name, _SQL_HEAD)


def encoder_name(name: str) -> str:
    """Of a ConvNeXt or a ResNet; the latter is called the same everywhere."""
    return _rename(name, _CONVNEXT)


def pose_cnn_name(name: str) -> str:
    return name.replace('net.', 'convs.')


def pose_name(name: str) -> str:
    """Of the reference's pose file."""
    if name.startswith('encoder.'):
        return 'backbone.' + encoder_name(name[len('encoder.'):])
    return _rename(name, _POSE_DECODER)


def estimator_state(files: Mapping[str, Mapping[str, torch.Tensor]]) -> dict:
    """The state of a whole estimator from the reference's encoder, depth and pose files."""
    state = {f'head.{sql_head_name(k)}': v for k, v in files['depth'].items()}
    state.update({f'pose_net.{pose_name(k)}': v for k, v in files['pose'].items()})
    for name, value in files['encoder'].items():
        if name.startswith('decoder.'):
            state['neck.' + name[len('decoder.'):]] = value
        else:
            state['backbone.' + encoder_name(name[len('encoder.'):])] = value
    return state


def load(module: nn.Module, state: Mapping[str, torch.Tensor],
         rename: Callable[[str], str] = str) -> nn.Module:
    """Load all of ``state`` into all of ``module``, and put it into ``eval()`` mode."""
    own = module.state_dict()
    renamed = {rename(name): value for name, value in state.items()}
    # timm's 1x1 convolutions are mmpretrain's linear layers.
    module.load_state_dict({
        name: value.flatten(1) if value.ndim == 4 and own[name].ndim == 2 else value
        for name, value in renamed.items()})
    return module.eval()
