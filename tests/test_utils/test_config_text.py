from pathlib import Path

import pytest
from mmengine.config import Config

from spidepth_mm.utils.config_text import parse_config_text

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize('name', ['spidepth/synthetic', 'spidepth/kitti_finetune'])
def test_a_dumped_config_comes_back(name):
    config = Config.fromfile(ROOT / 'configs' / f'{name}.py')
    assert parse_config_text(config.pretty_text) == config._cfg_dict.to_dict()


def test_keys_that_are_no_names():
    fields = dict(model={'a.b': dict(c=-1.5), 'd': [True, None, 'x', (1, 2)]}, inf=float('inf'))
    assert parse_config_text(Config(fields).pretty_text) == fields


@pytest.mark.parametrize('text', [
    "import os\nmodel = dict(type='X')",
    "model = dict(type='X', a=__import__('os').system('touch touched'))",
    "model = open('touched', 'w')",
    "model = [open('touched', 'w') for _ in range(2)]",
    "model = f'{open(\"touched\", \"w\")}'",
    "model = dict.fromkeys('ab')",
    'model = (lambda: 1)()',
    'model = a',
    'model.x = 1',
    'a = b = 1',
    'model = 9 ** 9 ** 9',
    "model = -'x'",
    'def f(): pass',
])
def test_code_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r'line \d+'):
        parse_config_text(text)
    assert not (tmp_path / 'touched').exists()


@pytest.mark.parametrize('text', ['model = dict(', '\x00', '(' * 5000])
def test_what_is_no_config(text):
    with pytest.raises(ValueError, match='no config text'):
        parse_config_text(text)
