"""What somebody without the data is told, and that it works."""

import json
import shlex
import sys
from pathlib import Path

from mmengine.config import Config

from spidepth_mm.apis.without_data import missing_data_hint, synthetic_command
from spidepth_mm.datasets import DatasetNotFoundError
from tools import train as train_tool

CONFIG = str(Path(__file__).parents[2] / 'configs/spidepth/kitti.py')


def test_only_missing_kitti_has_the_hint():
    assert missing_data_hint(ValueError('x'), CONFIG) == ''
    assert 'python tools/train.py' in missing_data_hint(DatasetNotFoundError('x'), CONFIG)


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
