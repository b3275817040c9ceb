"""From command-line flags to a config that mmengine's Runner takes."""

import warnings
from typing import Optional

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS, init_default_scope
from mmengine.runner import Runner

from spidepth_mm.registry import DATASETS
from spidepth_mm.utils.bfloat16 import has_fast_bfloat16
from spidepth_mm.utils.checkpoint import read_checkpoint
from spidepth_mm.utils.checkpoint_loaders import refuse_code_in_checkpoints
from spidepth_mm.utils.latest_checkpoint import latest_checkpoint, require_state_dict

from .pretrained import settle_initialisation


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
    refuse_code_in_checkpoints()
    if not resume and cfg.get('resume'):
        resume = cfg.get('load_from') or 'auto'
    if resume:
        enable_resume(cfg, resume)
    if cfg.get('load_from') and not cfg.get('resume'):
        require_readable(cfg.load_from)
    settle_initialisation(cfg)
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
    elif not has_fast_bfloat16():
        warnings.warn('This processor has no instructions for bfloat16: --amp saves memory here, '
                      'but takes longer.', stacklevel=2)


def enable_resume(cfg: Config, resume: str) -> None:
    """Resume from a file, or from the newest checkpoint in ``cfg.work_dir`` that is whole.

    Where there is none yet, training begins as without ``--resume``: a job
    that is restarted by itself can have the same command each time.
    """
    if resume != 'auto':
        require_readable(resume)
    else:
        resume = latest_checkpoint(cfg.work_dir)
    if resume is not None:
        cfg.load_from = resume
    cfg.resume = resume is not None


def require_readable(path: str) -> None:
    """Look into a local checkpoint before anything is built; URLs are left to mmengine."""
    if '://' not in path:
        require_state_dict(read_checkpoint(path), path)


def build_runner(cfg: Config) -> Runner:
    """The Runner of a config: mmengine's, or the one that ``runner_type`` names."""
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
