"""Weights to start from: where they come from, when they are read, and without a network."""

import re
import sys
from functools import cache
from pathlib import Path
from urllib.error import URLError

import mmpretrain
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from no_network import cut_network
from tiny import runner_config, tiny_model, write_odometry

from spidepth_mm.apis import init_model
from spidepth_mm.apis.pretrained import (
    is_network_error,
    pretrained_hint,
    pretrained_parts,
    settle_initialisation,
)
from spidepth_mm.registry import MODELS
from tools import test as test_tool
from tools import train as train_tool

ROOT = Path(__file__).parents[2] / 'configs'
LEAVES = sorted(path for path in ROOT.rglob('*.py') if '_base_' not in path.parts)
URL = 'https://download.example.org/encoder-00000000.pth'
PRETRAINED = dict(type='Pretrained', checkpoint=URL, prefix='backbone.')


@cache
def published_urls() -> set:
    """All weights that the installed mmpretrain's model index names."""
    metafiles = (Path(mmpretrain.__file__).parent / '.mim/configs').glob('*/metafile.yml')
    return {url for path in metafiles
            for url in re.findall(r'^\s*Weights: (https://\S+)$', path.read_text(), re.MULTILINE)}


def family(backbone: dict) -> str:
    """How mmpretrain's files of an encoder begin."""
    if 'ResNet' in backbone['type']:
        return f'resnet{backbone["depth"]}_'
    name = 'convnext-v2' if 'V2' in backbone['type'] else 'convnext'
    return f'{name}-{backbone["arch"]}_'


@pytest.mark.parametrize('path', LEAVES, ids=lambda path: str(path.relative_to(ROOT)))
def test_urls_are_those_of_mmpretrain_for_this_encoder(path):
    cfg = Config.fromfile(path)
    urls = published_urls()
    for part, url in pretrained_parts(cfg.model).items():
        assert url in urls
        backbone = cfg
        for step in part.split('.'):
            backbone = backbone[step]
        assert Path(url).name.startswith(family(backbone))
        # A URL's last part is how torch checks what it has downloaded.
        assert re.search(r'-[0-9a-f]{8}\.pth$', url)
        assert backbone.init_cfg.prefix == 'backbone.'


def test_headline_starts_from_both_encoders():
    parts = pretrained_parts(Config.fromfile(ROOT / 'spidepth/kitti.py').model)
    assert set(parts) == {'model.backbone', 'model.pose_net.backbone'}
    for name in ('kitti_finetune', 'cityscapes', 'synthetic'):
        assert not pretrained_parts(Config.fromfile(ROOT / f'spidepth/{name}.py').model)


def test_a_resnet_for_pose_adapts_its_stem(tmp_path, default_scope):
    net = dict(type='StrengthenedPoseNet', hidden_channels=8, backbone=dict(
        type='mmpretrain.ResNet', depth=18, in_channels=6, out_indices=(3, )))
    classifier = MODELS.build(dict(type='mmpretrain.ResNet', depth=18))
    path = str(tmp_path / 'resnet.pth')
    torch.save(dict(state_dict={f'backbone.{name}': value + 1 if value.is_floating_point() else
                                value for name, value in classifier.state_dict().items()}), path)
    net['backbone']['init_cfg'] = dict(PRETRAINED, checkpoint=path)
    pose_net = MODELS.build(net)
    pose_net.init_weights()
    stem = classifier.conv1.weight + 1
    torch.testing.assert_close(pose_net.backbone.conv1.weight, torch.cat([stem, stem], 1) / 2)
    for name in ('layer4.1.conv2.weight', 'bn1.running_mean'):
        assert torch.equal(pose_net.backbone.state_dict()[name], classifier.state_dict()[name] + 1)


def config(**changes) -> Config:
    model = tiny_model()
    model['backbone']['init_cfg'] = dict(PRETRAINED)
    model['pose_net']['backbone']['init_cfg'] = [dict(type='Constant', val=1, layer='LayerNorm'),
                                                 dict(PRETRAINED)]
    return Config(dict(model=model, custom_hooks=[dict(type='StrictLoadHook')], **changes))


def test_initial_weights_are_kept_when_training_begins():
    cfg = config()
    settle_initialisation(cfg)
    assert pretrained_parts(cfg.model) == {
        'model.backbone': URL, 'model.pose_net.backbone': URL}


@pytest.mark.parametrize('changes', [
    dict(load_from='a.pth'), dict(load_from='a.pth', resume=True)])
def test_initial_weights_are_left_out_where_a_checkpoint_has_all(changes):
    cfg = config(**changes)
    settle_initialisation(cfg)
    assert not pretrained_parts(cfg.model)
    assert 'init_cfg' not in cfg.model.backbone
    assert [init.type for init in cfg.model.pose_net.backbone.init_cfg] == ['Constant']


def test_a_checkpoint_that_may_lack_weights_does_not_replace_initial_ones():
    cfg = config(load_from='a.pth')
    cfg.custom_hooks[0].allowed = ['pose_net\\.']
    settle_initialisation(cfg)
    assert len(pretrained_parts(cfg.model)) == 2


def test_none_is_the_encoders_own_initialisation():
    cfg = config()
    cfg.merge_from_dict({'model.backbone.init_cfg': None})
    settle_initialisation(cfg)
    init_default_scope('spidepth_mm')
    own = MODELS.build(tiny_model()['backbone']).init_cfg
    assert MODELS.build(cfg.model.backbone).init_cfg == own and own


def test_hint_names_all_that_is_downloaded():
    assert pretrained_hint(Config(dict(model=tiny_model()))) == ''
    hint = pretrained_hint(config())
    assert URL in hint
    options = 'model.backbone.init_cfg=None model.pose_net.backbone.init_cfg=None'
    assert f'--cfg-options {options}' in hint


def test_only_a_network_error_has_the_hint():
    wrapped = RuntimeError('loading failed')
    wrapped.__cause__ = URLError('no network')
    assert is_network_error(wrapped) and is_network_error(wrapped.__cause__)
    assert not is_network_error(FileNotFoundError('x'))


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """A config with a URL in it, its data, and no network: (path, work dir, what was asked for)."""
    cfg = Config(runner_config(write_odometry(tmp_path / 'data', num_frames=4),
                               tmp_path / 'run', max_iters=1))
    cfg.model.backbone.init_cfg = dict(PRETRAINED)
    cfg.dump(tmp_path / 'config.py')
    monkeypatch.setenv('LOCAL_RANK', '0')
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    return str(tmp_path / 'config.py'), str(tmp_path / 'run'), cut_network(monkeypatch)


def test_using_a_model_asks_for_nothing(offline, tmp_path, monkeypatch):
    path, work_dir, asked = offline
    model = init_model(path)
    checkpoint = str(tmp_path / 'checkpoint.pth')
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    init_model(path, checkpoint)
    monkeypatch.setattr(sys, 'argv', ['test', path, checkpoint, '--work-dir', work_dir])
    test_tool.main()
    assert not asked


def test_training_without_a_network_says_what_to_do(offline, monkeypatch, capsys):
    path, _, asked = offline
    monkeypatch.setattr(sys, 'argv', ['train', path])
    with pytest.raises(SystemExit):
        train_tool.main()
    assert asked
    message = capsys.readouterr().err
    assert URL in message
    assert '--cfg-options model.backbone.init_cfg=None' in message
    assert 'Traceback' not in message


def test_training_from_random_weights_asks_for_nothing(offline, monkeypatch):
    path, work_dir, asked = offline
    monkeypatch.setattr(
        sys, 'argv', ['train', path, '--cfg-options', 'model.backbone.init_cfg=None'])
    train_tool.main()
    assert not asked
    assert Path(work_dir, 'iter_1.pth').is_file()
