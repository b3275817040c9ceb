"""A config's training made short enough for a test."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config


def shorten(cfg: Config, work_dir: Path, iterations: int = 2) -> Config:
    """Few iterations and small batches in one process; what is trained stays as it is."""
    cfg.work_dir = str(work_dir)
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=iterations, val_interval=iterations)
    cfg.log_level = 'ERROR'
    cfg.visualizer = None
    cfg.param_scheduler = None
    cfg.env_cfg = dict(dist_cfg=dict(backend='gloo'))
    cfg.default_hooks = dict(logger=dict(type='LoggerHook', interval=1))
    for part in ('train', 'val', 'test'):
        loader = cfg[f'{part}_dataloader']
        loader.num_workers = 0
        loader.persistent_workers = False
        loader.batch_size = 2 if part == 'train' else 1
    return cfg
