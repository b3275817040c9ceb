"""Losses that are not finite in some iterations, and mixed precision that makes such gradients."""

import copy
import math
from contextlib import contextmanager

import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import nn


class Poison(nn.Module):
    """A loss term that is spoilt in some iterations."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.spoils = False

    def forward(self, views):
        depth = views.depth.mean()
        if not self.spoils:
            return dict(loss_odd=0 * depth)
        if self.kind == 'constant inf':  # its gradient is finite
            return dict(loss_odd=0 * depth + math.inf)
        if self.kind == 'gradient':  # it is finite, its gradient is not
            return dict(loss_odd=(depth - depth.detach()).square().sqrt())
        return dict(loss_odd=depth * math.nan)


class Spoil(Hook):
    """Poison some iterations of one process, and keep what each left behind."""

    priority = 'LOWEST'  # after the guard has set the statistics back

    def __init__(self, iters, kind='nan', rank=0):
        self.iters = iters
        self.rank = rank
        self.poison = Poison(kind)
        self.states = []

    def before_train(self, runner):
        self.model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        self.model.losses.append(self.poison)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.poison.spoils = runner.iter in self.iters and get_rank() == self.rank
        if self.poison.spoils and self.poison.kind == 'input':
            data_batch['inputs'] = [frames.float() * math.nan for frames in data_batch['inputs']]

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        optimizer = runner.optim_wrapper.optimizer.state_dict()
        self.states.append(copy.deepcopy((dict(self.model.state_dict()), optimizer['state'])))


class CPUScaledOptimWrapper(AmpOptimWrapper):
    """mmengine's mixed precision with a loss scale, which asks for a GPU, on a processor."""

    def __init__(self, **kwargs):
        super(AmpOptimWrapper, self).__init__(**kwargs)
        self.loss_scaler = torch.amp.GradScaler('cpu', init_scale=1024.)
        self._scale_update_param = None
        self.cast_dtype = torch.bfloat16

    @contextmanager
    def optim_context(self, model):
        with OptimWrapper.optim_context(self, model), torch.autocast('cpu', torch.bfloat16):
            yield


def leaves(tree):
    if isinstance(tree, (dict, tuple, list)):
        parts = tree.values() if isinstance(tree, dict) else tree
        return [leaf for part in parts for leaf in leaves(part)]
    return [tree]


def same(first, second):
    first, second = leaves(first), leaves(second)
    return len(first) == len(second) and all(map(torch.equal, first, second))
