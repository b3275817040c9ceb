"""How large a config's model is, without making its weights."""

from __future__ import annotations

from typing import Dict, NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn
from torch.overrides import TorchFunctionMode

from spidepth_mm.registry import MODELS


class Count(NamedTuple):
    """Numbers in a model: those that are learned, and all that a checkpoint has."""

    learned: int
    stored: int


class _NumbersOnHost(TorchFunctionMode):
    """mmpretrain reads its drop path rates from a tensor, which must have numbers."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.linspace:
            kwargs['device'] = 'cpu'
        return func(*args, **kwargs)


def build_without_weights(cfg: Config) -> nn.Module:
    """A config's model on the meta device: shapes alone, however large.

    Raises:
        ValueError: If the config has no model.
    """
    if 'model' not in cfg:
        raise ValueError(f'{cfg.filename or "This config"} has no model.')
    init_default_scope(cfg.get('default_scope', 'spidepth_mm'))
    with torch.device('meta'), _NumbersOnHost():
        return MODELS.build(cfg.model)


def count_parameters(model: nn.Module) -> Dict[str, Count]:
    """Sizes of an estimator's nets.

    Returns:
        dict: 'backbone', 'neck', 'head', where they exist; 'depth', their
        sum; 'pose', where there is a pose net.
    """
    parts = {name: getattr(model, name, None) for name in ('backbone', 'neck', 'head')}
    counts = {name: _count(part) for name, part in parts.items() if part is not None}
    counts['depth'] = Count(*(sum(column) for column in zip(*counts.values())))
    if getattr(model, 'pose_net', None) is not None:
        counts['pose'] = _count(model.pose_net)
    return counts


def _count(module: nn.Module) -> Count:
    return Count(sum(p.numel() for p in module.parameters()),
                 sum(value.numel() for value in module.state_dict().values()))
