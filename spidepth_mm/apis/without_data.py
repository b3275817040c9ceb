"""For somebody without the data: the same config on the rendered street, ready to paste."""

import shlex
from typing import List

from mmengine.config import Config

from spidepth_mm.datasets import DatasetNotFoundError

from .config_files import read_config
from .pretrained import pretrained_parts

WORLD = 'data/synthetic_world'
# Enough to see that the config trains; a ConvNeXt is the smallest of its family.
SMALL_CONVNEXT = ['model.backbone.arch=atto', 'model.neck.in_channels=[40,80,160,320]']
SHORT_RUN = ['train_dataloader.batch_size=1', 'train_cfg.max_iters=20', 'train_cfg.val_interval=20',
             'default_hooks.logger.interval=1', 'default_hooks.checkpoint.interval=20']


def synthetic_options(cfg: Config) -> List[str]:
    """``--cfg-options`` that put a KITTI config on the synthetic world, from random weights.

    Args:
        cfg (Config): A training config.

    Returns:
        list[str]: ``key=value`` items, for a run of 20 iterations.
    """
    options = []
    for part in ('train', 'val', 'test'):
        if cfg.get(f'{part}_dataloader'):
            key = f'{part}_dataloader.dataset'
            options += [f'{key}.type=SyntheticWorldDataset', f'{key}.data_root={WORLD}',
                        f'{key}.split={part}', f'{key}.ground_truth=annotated']
    if 'ConvNeXt' in str(cfg.model.backbone.type):
        options += SMALL_CONVNEXT
    # Nothing is downloaded, and the weights would not fit the small encoder.
    options += [f'{part}.init_cfg=None' for part in pretrained_parts(cfg.model)]
    return options + SHORT_RUN


def synthetic_command(config: str, cfg: Config) -> str:
    """The command line that trains ``config`` on the synthetic world, ready to paste."""
    return ' '.join(shlex.quote(word) for word in (
        'python', 'tools/train.py', config, '--cfg-options', *synthetic_options(cfg)))


def missing_data_hint(error: BaseException, config: str) -> str:
    """What to say after ``error``: the command that needs no data if data are missing, else ''."""
    if not isinstance(error, DatasetNotFoundError):
        return ''
    cfg = read_config(config)
    trained_on = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    # Fine-tuning looks through KITTI's own crop, and starts from weights that are not there either.
    if 'KITTIDataset' not in str(trained_on.get('type')) or 'Supervised' in str(cfg.model.type):
        return ''
    return ('This very config runs on the rendered street, small and from random weights, by:\n  '
            + synthetic_command(config, cfg))
