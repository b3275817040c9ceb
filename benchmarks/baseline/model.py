"""A model as one writes it down after reading the paper: plain encoders, decoder and head."""

from __future__ import annotations

import copy

import torch
from torch import nn

from spidepth_mm.models.backbones.convnext import FAST_LAYERS

from .decoder import PlainUNetDecoder
from .head import PlainSQLHead


def plain_model(model: nn.Module) -> nn.Module:
    """A copy of an estimator with its weights, in the memory layout that PyTorch starts with.

    Its encoders are ConvNeXt as mmpretrain and timm, from which the published code takes it, have
    it: depthwise ``nn.Conv2d``, norm, linear layers and GRN written out, each with autograd.
    """
    plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
    originals = {fast: original for original, fast in FAST_LAYERS.items()}
    for layer in plain.modules():
        layer.__class__ = originals.get(type(layer), type(layer))
    plain.neck = PlainUNetDecoder(plain.neck)
    plain.head = PlainSQLHead(plain.head)
    return plain
