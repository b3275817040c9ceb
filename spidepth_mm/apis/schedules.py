"""What a config's schedules do to the optimiser, without training."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any, Dict, List, Optional

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from spidepth_mm.registry import DATASETS, PARAM_SCHEDULERS

from .parameter_count import build_without_weights

PARAMETERS = ('lr', 'momentum')


def iterations_per_epoch(cfg: Config, dataset_size: Optional[int] = None,
                         num_gpus: int = 1) -> Optional[int]:
    """Length of an epoch; None where a config counts iterations alone.

    Args:
        cfg (Config): With a training loop and dataloader.
        dataset_size (int, optional): Without it the dataset is built.
        num_gpus (int): Processes that share an epoch.

    Raises:
        ValueError: If there is no training, or a number is not positive.
        DatasetNotFoundError: If the dataset is needed and absent.
    """
    if not cfg.get('train_cfg'):
        raise ValueError(f'{cfg.filename or "This config"} has no training loop (train_cfg).')
    for name, value in (('dataset size', dataset_size), ('number of GPUs', num_gpus)):
        if value is not None and value < 1:
            raise ValueError(f'The {name} must be positive, got {value}.')
    schedulers = scheduler_configs(cfg)
    if 'max_iters' in cfg.train_cfg and not any(
            s.get('by_epoch', True) or s.get('convert_to_iter_based') for s in schedulers):
        return None
    if dataset_size is None:
        dataset_size = len(DATASETS.build(cfg.train_dataloader.dataset))
    return math.ceil(dataset_size / (cfg.train_dataloader.batch_size * num_gpus))


def scheduler_configs(cfg: Config) -> List[dict]:
    """``param_scheduler`` as a list."""
    schedulers = cfg.get('param_scheduler') or []
    return [schedulers] if isinstance(schedulers, dict) else list(schedulers)


def schedule_curves(cfg: Config, parameter: str = 'lr',
                    epoch: Optional[int] = None) -> Dict[str, List[float]]:
    """The value in each iteration, for each kind of parameter group.

    Args:
        cfg (Config): With model, optim wrapper, schedules and training loop.
        parameter (str): 'lr' or 'momentum' (beta1 where an optimiser has betas).
        epoch (int, optional): Iterations in one.

    Returns:
        dict[str, list[float]]: By a name for the group's weights.

    Raises:
        ValueError: If the optimiser has no such parameter.
    """
    if parameter not in PARAMETERS:
        raise ValueError(f"Unknown parameter '{parameter}'. Valid parameters are {PARAMETERS}.")
    wrapper, groups = optimizer_with_one_weight_a_kind(cfg)
    schedulers = [build_scheduler(config, wrapper, epoch) for config in scheduler_configs(cfg)]
    loop = cfg.train_cfg
    num_iters = loop.get('max_iters') or loop['max_epochs'] * epoch
    curves: Dict[str, List[float]] = {name: [] for name in groups}
    wrapper.step()  # a schedule that steps first warns; without gradients this does nothing
    for iteration in range(1, num_iters + 1):
        for name, group in groups.items():
            curves[name].append(value_of(group, parameter))
        for scheduler in schedulers:
            if not scheduler.by_epoch or (epoch and iteration % epoch == 0):
                scheduler.step()
    return curves


def value_of(group: dict, parameter: str) -> float:
    """Learning rate or momentum of a parameter group."""
    if parameter == 'momentum' and 'betas' in group:
        return float(group['betas'][0])
    if parameter not in group:
        raise ValueError(f'The optimiser has no {parameter}; it has '
                         f'{", ".join(key for key in group if key != "params")}.')
    return float(group[parameter])


def build_scheduler(config: dict, wrapper: Any, epoch: Optional[int]) -> Any:
    """As the Runner does it."""
    config = dict(config)
    if config.pop('convert_to_iter_based', False):
        cls = PARAM_SCHEDULERS.get(config.pop('type'))
        return cls.build_iter_from_epoch(optimizer=wrapper, epoch_length=epoch, **config)
    return PARAM_SCHEDULERS.build(config, default_args=dict(optimizer=wrapper))


def optimizer_with_one_weight_a_kind(cfg: Config) -> tuple:
    """The config's optimiser, with one parameter group for all weights that are treated alike.

    Returns:
        tuple: The optim wrapper, and its groups by name.
    """
    model = shrunken_model(cfg)
    # Mixed precision may ask for a GPU, and changes no schedule.
    wrapper = build_optim_wrapper(model, dict(cfg.optim_wrapper, type='OptimWrapper'))
    names = {id(weight): name for name, weight in model.named_parameters()}
    kinds: Dict[tuple, List[dict]] = OrderedDict()
    for group in wrapper.optimizer.param_groups:
        kind = tuple((key, str(value)) for key, value in sorted(group.items()) if key != 'params')
        kinds.setdefault(kind, []).append(group)
    kept = {}
    for groups in kinds.values():
        weights = [names[id(weight)] for group in groups for weight in group['params']]
        parts = list(dict.fromkeys(name.split('.')[0] for name in weights))
        name = f'{", ".join(parts)} ({len(weights)} weights)'
        kept[name if name not in kept else f'{name}, kind {len(kept) + 1}'] = groups[0]
    wrapper.optimizer.param_groups = list(kept.values())
    return wrapper, kept


def shrunken_model(cfg: Config) -> nn.Module:
    """The config's model with every weight replaced by one number, whatever its size."""
    model = build_without_weights(cfg)
    for module in model.modules():
        for name, weight in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(torch.zeros(1), weight.requires_grad))
    return model
