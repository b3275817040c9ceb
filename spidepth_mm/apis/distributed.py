"""Several processes that train or test one model together."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import timedelta
from typing import Iterator

import torch
from mmengine.config import Config
from torch import distributed

_LAUNCH_COMMAND = 'tools/dist_train.sh CONFIG PROCESSES'
_TORCHRUN_SETS = ('RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT')
_TIMEOUT = 1800


@contextmanager
def process_group(cfg: Config) -> Iterator[None]:
    """Make what ``cfg.launcher`` needs for a Runner, and take it down afterwards.

    With GPUs mmengine joins the processes itself, and this only looks whether
    each has one. Without, mmengine would ask CUDA for a device all the same:
    the processes are joined here, over gloo.

    Args:
        cfg (Config): Of the caller's own; changed in place.

    Raises:
        ValueError: If the processes were not started by a launcher, or there
            are more of them than GPUs.
    """
    if cfg.get('launcher', 'none') == 'none':
        yield
        return
    if cfg.launcher == 'pytorch':
        _check_started_by_torchrun()
    if torch.cuda.is_available():
        _check_gpu()
    else:
        _join_without_gpu(cfg)
    try:
        yield
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()


def _check_started_by_torchrun() -> None:
    missing = [name for name in _TORCHRUN_SETS if name not in os.environ]
    if missing:
        raise ValueError(
            f'--launcher pytorch is for processes that torchrun starts, but {", ".join(missing)} '
            f'is not set. Use {_LAUNCH_COMMAND}.')


def _check_gpu() -> None:
    rank = int(os.environ.get('LOCAL_RANK', os.environ.get('SLURM_LOCALID', 0)))
    if rank >= torch.cuda.device_count():
        raise ValueError(
            f'Process {rank} of this machine has no GPU of its own: {torch.cuda.device_count()} '
            'can be seen. Start as many processes as there are GPUs, or look at '
            'CUDA_VISIBLE_DEVICES.')


def _join_without_gpu(cfg: Config) -> None:
    if cfg.launcher != 'pytorch':
        raise ValueError(f'--launcher {cfg.launcher} needs a GPU for each process, and CUDA has '
                         f'none. Without GPUs use {_LAUNCH_COMMAND}.')
    settings = cfg.get('env_cfg', {}).get('dist_cfg', {})
    distributed.init_process_group(
        'gloo', timeout=timedelta(seconds=settings.get('timeout', _TIMEOUT)))
    if 'strategy' in cfg:  # of FlexibleRunner
        wrapper = dict(cfg.strategy.get('model_wrapper') or {})
        # torch cannot send a module's state from CPUs; one seed has made the same in each.
        cfg.strategy.model_wrapper = dict(wrapper, device_id='cpu', sync_module_states=False)
        if cfg.strategy.get('state_dict_cfg') == 'full':
            cfg.strategy.state_dict_cfg = _full_on_cpu()
    else:
        wrapper = dict(type='MMDistributedDataParallel', broadcast_buffers=False,
                       find_unused_parameters=cfg.get('find_unused_parameters', False))
        cfg.model_wrapper_cfg = dict(cfg.get('model_wrapper_cfg') or wrapper, device_ids=None)


def _full_on_cpu() -> dict:
    """``state_dict_cfg='full'`` but for the copy from a GPU, in which torch crashes without one."""
    return dict(
        state_dict_type='FULL_STATE_DICT',
        state_dict_config=dict(
            type='FullStateDictConfig', rank0_only=True, offload_to_cpu=False),
        optim_state_dict_config=dict(
            type='FullOptimStateDictConfig', rank0_only=True, offload_to_cpu=False))
