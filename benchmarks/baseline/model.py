"""A model as one writes it down after reading the paper: plain decoder, plain head."""

from __future__ import annotations

import copy

import torch
from torch import nn

from .decoder import PlainUNetDecoder
from .head import PlainSQLHead


def plain_model(model: nn.Module) -> nn.Module:
    """A copy of an estimator with its weights, in the memory layout that PyTorch starts with."""
    plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
    plain.neck = PlainUNetDecoder(plain.neck)
    plain.head = PlainSQLHead(plain.head)
    return plain
