"""The configs of docs/en/mixing.md, as they stand there, trained a little on miniatures."""

import importlib.util
import re
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from short_run import shorten

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'en' / 'mixing.md').read_text(encoding='utf-8')
CONFIGS = dict(re.findall(r'<!-- config: (\w+) -->\n```python\n(.*?)^```', PAGE,
                          re.MULTILINE | re.DOTALL))


@pytest.fixture(autouse=True)
def mmcv_ops(monkeypatch):
    """mmcv-lite has no ``mmcv.ops``, which MMSegmentation imports; nothing here calls it."""
    if importlib.util.find_spec('mmcv._ext') is not None:
        return
    stub = types.ModuleType('mmcv.ops')

    def missing(name):
        if name.startswith('__'):
            raise AttributeError(name)

        def operator(*args, **kwargs):
            raise ImportError(f'mmcv.ops.{name} needs the full mmcv')
        return operator

    stub.__getattr__ = missing
    monkeypatch.setitem(sys.modules, 'mmcv.ops', stub)


def load(name, folder):
    """The page's config, read from a file in a folder like ``configs/``."""
    (folder / 'configs').mkdir()
    for part in ('_base_', 'spidepth'):
        (folder / 'configs' / part).symlink_to(ROOT / 'configs' / part)
    path = folder / 'configs' / f'{name}.py'
    path.write_text(CONFIGS[name])
    return Config.fromfile(path)


def write_nyu(root):
    """Two rooms in each half of MMSegmentation's NYU layout; depth in millimetres."""
    generator = np.random.RandomState(0)
    for part in ('train', 'test'):
        for kind in ('images', 'annotations'):
            (root / kind / part).mkdir(parents=True)
        for index in range(2):
            image = generator.randint(0, 256, (96, 128, 3), np.uint8)
            depth = np.linspace(1000 + 500 * index, 9000, 96)[:, None] + np.zeros((1, 128))
            assert cv2.imwrite(str(root / 'images' / part / f'room_{index}.jpg'), image)
            assert cv2.imwrite(str(root / 'annotations' / part / f'room_{index}.png'),
                               depth.astype(np.uint16))


def test_head_loss_and_metric_in_a_config_of_mmsegmentation(tmp_path):
    write_nyu(tmp_path / 'nyu')
    cfg = shorten(load('mmseg_nyu', tmp_path), tmp_path / 'work')
    cfg.model.data_preprocessor.size = (64, 96)
    cfg.model.decode_head.patch_size = 2
    cfg.train_dataloader.dataset.pipeline[-2].crop_size = (64, 96)
    for part in ('train', 'val', 'test'):
        cfg[f'{part}_dataloader'].dataset.data_root = str(tmp_path / 'nyu')
    runner = Runner.from_cfg(cfg)
    before = runner.model.decode_head.feature_proj.weight.detach().clone()
    runner.train()
    metrics = runner.test()
    assert type(runner.model).__module__.startswith('mmseg.')
    assert type(runner.model.decode_head.loss_decode[0]).__module__.startswith('mmseg.')
    assert (runner.model.decode_head.feature_proj.weight != before).any()
    assert metrics['spidepth/num_images'] == 2
    for theirs, ours in (('abs_rel', 'abs_rel'), ('sq_rel', 'sq_rel'), ('rmse', 'rmse'),
                         ('rmse_log', 'rmse_log'), ('log10', 'log10'), ('d1', 'a1')):
        assert metrics[f'spidepth/{ours}'] == pytest.approx(metrics[theirs], rel=1e-4), theirs


@pytest.mark.parametrize('name, encoder, neck', [
    ('swin', 'SwinTransformer', 'UNetDecoder'), ('resnet_fpn', 'ResNet', 'FPN')])
def test_encoder_of_mmpretrain(name, encoder, neck, tmp_path):
    cfg = shorten(load(name, tmp_path), tmp_path / 'work')
    for part in ('train', 'val', 'test'):
        cfg[f'{part}_dataloader'].dataset.update(
            data_root=str(tmp_path / 'world'),
            world=dict(size=(128, 64), train_drives=1, val_drives=1, test_drives=1, frames=4))
    runner = Runner.from_cfg(cfg)
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    metrics = runner.test()
    changed = {key.split('.')[0] for key, value in runner.model.state_dict().items()
               if (value != before[key]).any()}
    assert type(runner.model.backbone).__name__ == encoder
    assert type(runner.model.neck).__name__ == neck
    assert {'backbone', 'neck', 'head'} <= changed
    assert np.isfinite(metrics['abs_rel'])
