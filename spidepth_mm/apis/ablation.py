"""One run of the ablation: what it was, what it measured, and where that is kept."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import os.path as osp
import platform
from typing import Any, Dict, List, Optional, Sequence

import torch
from mmengine.config import Config, DictAction

from spidepth_mm.utils.atomic_write import write_atomically

from .config_files import read_config
from .init_model import init_model
from .street_poses import street_pose_errors

_DECIDING = ('model', 'train_dataloader', 'test_dataloader', 'test_evaluator', 'optim_wrapper',
             'param_scheduler', 'train_cfg', 'randomness')


def run_config(config: str, options: Sequence[str]) -> Config:
    """A config with ``key=value`` overrides, as tools/train.py reads them."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='*', action=DictAction)
    cfg = read_config(config)
    cfg.merge_from_dict(parser.parse_args(['--cfg-options', *options]).cfg_options)
    return cfg


def fingerprint(cfg: Config) -> str:
    """A name for all settings that a result depends on; where data lie is none of them."""
    content = {name: cfg[name] for name in _DECIDING}
    content['warm_up'] = [hook for hook in cfg.custom_hooks if hook['type'] == 'WarmUpHook']
    content = Config(content).to_dict()
    for part in ('train', 'test'):
        content[f'{part}_dataloader']['dataset'].pop('data_root', None)
        content[f'{part}_dataloader'].pop('num_workers', None)
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def result_path(work_dir: str, row: str, seed: int, cfg: Config) -> str:
    """Where a run's result lies.

    Raises:
        ValueError: If there is one of other settings.
    """
    path = osp.join(work_dir, row, f'seed_{seed}', 'result.json')
    if osp.isfile(path):
        with open(path) as file:
            found = json.load(file)['settings']
        if found != fingerprint(cfg):
            raise ValueError(f'{path} was made with other settings. Give another --work-dir, or '
                             'delete the folder of this run.')
    return path


def measure_run(work_dir: str, row: str, seed: int, cfg: Config, checkpoint: str,
                depth_json: str, cpu_seconds: Optional[float], threads: int) -> None:
    """Measure a trained run's poses and write its result beside it.

    Args:
        work_dir, row, seed: See :func:`result_path`.
        cfg (Config): The run's.
        checkpoint (str): Its last weights.
        depth_json (str): What tools/test.py wrote.
        cpu_seconds (float, optional): Of the whole training; None if unknown.
        threads (int): That it used.
    """
    model = init_model(cfg, checkpoint)
    with open(depth_json) as file:
        depth = json.load(file)['measurements']
    result = dict(
        row=row, seed=seed, settings=fingerprint(cfg), threads=threads,
        iterations=cfg.train_cfg.max_iters, batch_size=cfg.train_dataloader.batch_size,
        cpu_seconds=cpu_seconds,
        parameters=dict(depth=_count(model.backbone, model.neck, model.head),
                        pose=_count(model.pose_net)),
        depth=depth, poses=street_pose_errors(model, cfg), machine=machine())
    path = result_path(work_dir, row, seed, cfg)
    write_atomically(path, (json.dumps(result, indent=1) + '\n').encode())


def read_results(work_dir: str, rows: Sequence[str], seeds: Sequence[int]
                 ) -> Dict[str, List[Dict[str, Any]]]:
    """Results by row, of the runs that are finished.

    Raises:
        ValueError: If none is.
    """
    found: Dict[str, List[Dict[str, Any]]] = {}
    for row in rows:
        for seed in seeds:
            path = osp.join(work_dir, row, f'seed_{seed}', 'result.json')
            if osp.isfile(path):
                with open(path) as file:
                    found.setdefault(row, []).append(json.load(file))
    if not found:
        raise ValueError(f'No finished run in {work_dir}.')
    return found


def machine() -> Dict[str, Any]:
    """What the times depend on."""
    processor = platform.processor() or platform.machine()
    if os.path.exists('/proc/cpuinfo'):
        with open('/proc/cpuinfo') as file:
            names = [line.split(':', 1)[1].strip() for line in file if 'model name' in line]
        processor = names[0] if names else processor
    return dict(processor=processor, cores=os.cpu_count(), python=platform.python_version(),
                torch=torch.__version__)


def _count(*modules: torch.nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())
