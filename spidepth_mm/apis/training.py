"""From command-line flags to a config that mmengine's Runner takes."""

import os
from typing import Optional

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import find_latest_checkpoint

from spidepth_mm.registry import DATASETS
from spidepth_mm.utils.checkpoint import CheckpointError, read_checkpoint


def prepare_training_config(cfg: Config, amp: bool = False, auto_scale_lr: bool = False,
                            resume: Optional[str] = None, validate: bool = True) -> None:
    """Apply training flags to a config of the caller's own, in place.

    Args:
        cfg (Config): With ``work_dir`` set.
        amp (bool): Mixed precision: fp16 on a GPU, bfloat16 on a processor.
        auto_scale_lr (bool): Scale the learning rate with the batch size.
        resume (str, optional): Checkpoint to resume from, or 'auto' for the
            latest one in the work dir, if there is any.
        validate (bool): False drops the validation loop.

    Raises:
        ValueError: If a flag does not fit the config, or that is for tests only.
        CheckpointError: If the checkpoint is absent, damaged or unsafe.
    """
    if not cfg.get('train_cfg'):
        raise ValueError(f'{cfg.filename or "This config"} has no training loop (train_cfg): it is '
                         'meant for tools/test.py, with a trained checkpoint.')
    if amp:
        enable_amp(cfg)
    if auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError(
                '--auto-scale-lr needs auto_scale_lr=dict(base_batch_size=...) in the config.')
        cfg.auto_scale_lr.enable = True
    if not validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        (cfg.default_hooks.get('checkpoint') or {}).pop('save_best', None)
    if resume:
        enable_resume(cfg, resume)
    elif cfg.get('load_from'):
        require_readable(cfg.load_from)
    for part in ('train', 'val'):
        check_data(cfg.get(f'{part}_dataloader'), cfg.get('default_scope', 'spidepth_mm'))


def check_data(dataloader: Optional[dict], scope: str) -> None:
    """Look for the data before minutes are spent on building a large model.

    Args:
        dataloader (dict, optional): Config of a data loader.
        scope (str): The config's default scope.

    Raises:
        DatasetNotFoundError: If the folder is absent or of another layout.
    """
    init_default_scope(scope)
    cfg = dict((dataloader or {}).get('dataset') or {})
    cls = DATASETS.get(cfg['type']) if isinstance(cfg.get('type'), str) else cfg.get('type')
    if hasattr(cls, 'check_layout'):
        DATASETS.build(dict(cfg, lazy_init=True)).check_layout()


def enable_amp(cfg: Config) -> None:
    """Replace the optim wrapper's type by the mixed-precision one of the device."""
    wrapper = cfg.optim_wrapper.get('type', 'OptimWrapper')
    amp_types = ('AmpOptimWrapper', 'CPUAmpOptimWrapper')
    if wrapper in amp_types:
        return
    if wrapper != 'OptimWrapper':
        raise ValueError(
            f"--amp replaces optim_wrapper.type 'OptimWrapper', but the config has '{wrapper}'.")
    cfg.optim_wrapper.type = amp_types[not torch.cuda.is_available()]
    if torch.cuda.is_available():
        cfg.optim_wrapper.loss_scale = 'dynamic'


def enable_resume(cfg: Config, resume: str) -> None:
    """Resume from a file, or from the latest checkpoint in ``cfg.work_dir``."""
    cfg.resume = True
    if resume != 'auto':
        require_readable(resume)
        cfg.load_from = resume
        return
    cfg.load_from = None
    if not os.path.isdir(cfg.work_dir):
        return
    latest = find_latest_checkpoint(cfg.work_dir)
    if latest is not None:
        require_readable(latest)


def require_readable(path: str) -> None:
    """Look into a local checkpoint before anything is built; URLs are left to mmengine."""
    if '://' in path:
        return
    if not isinstance(read_checkpoint(path).get('state_dict'), dict):
        raise CheckpointError(f'{path} has no state_dict: it is no checkpoint of this project.')
