"""What somebody without the data is told, and that it works."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

from spidepth_mm.apis.ablation import run_config
from spidepth_mm.apis.parameter_count import build_without_weights, count_parameters
from spidepth_mm.apis.pretrained import pretrained_parts, settle_initialisation
from spidepth_mm.apis.without_data import missing_data_hint, synthetic_command, synthetic_options
from spidepth_mm.datasets import DatasetNotFoundError
from tools import train as train_tool

CONFIGS = Path(__file__).parents[2] / 'configs'
CONFIG = str(CONFIGS / 'spidepth/kitti.py')
KITTI_CONFIGS = [path for path in sorted(CONFIGS.glob('*/*.py')) if path.parent.name != '_base_'
                 and missing_data_hint(DatasetNotFoundError('x'), str(path))]


def test_only_missing_kitti_has_the_hint():
    assert missing_data_hint(ValueError('x'), CONFIG) == ''
    assert 'python tools/train.py' in missing_data_hint(DatasetNotFoundError('x'), CONFIG)
    for name in ('cityscapes', 'kitti_finetune'):
        path = str(CONFIGS / f'spidepth/{name}.py')
        assert missing_data_hint(DatasetNotFoundError('x'), path) == ''
    assert len(KITTI_CONFIGS) >= 8


@pytest.mark.parametrize('path', KITTI_CONFIGS, ids=lambda path: path.stem)
def test_the_options_fit_every_config(path):
    cfg = run_config(str(path), synthetic_options(Config.fromfile(path)))
    settle_initialisation(cfg)
    assert not pretrained_parts(cfg.model)
    assert cfg.train_dataloader.dataset.type == 'SyntheticWorldDataset'
    model = build_without_weights(cfg)
    assert count_parameters(model)['backbone'].learned < 3e7


def test_the_printed_command_trains(tmp_path, monkeypatch):
    """The headline config, word for word as printed; only the world and the run are shorter."""
    words = shlex.split(synthetic_command(CONFIG, Config.fromfile(CONFIG)))
    assert words[:2] == ['python', 'tools/train.py']
    shorter = [f'train_dataloader.dataset.world.{key}={value}'
               for key, value in dict(train_drives=1, val_drives=0, test_drives=0, frames=3,
                                      size='96,32', workers=1, progress=False).items()]
    shorter += ['train_cfg.max_iters=1', 'train_dataloader.num_workers=0',
                'train_dataloader.persistent_workers=False', 'default_hooks.checkpoint=None',
                'model.neck.decoder_channels=[32,24,16,16]']
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LOCAL_RANK', '0')
    monkeypatch.setattr(sys, 'argv', [*words[1:], *shorter, '--no-validate'])
    train_tool.main()
    scalars, = (tmp_path / 'work_dirs/kitti').glob('*/vis_data/scalars.json')
    assert json.loads(scalars.read_text().splitlines()[0])['loss'] > 0
