"""Sizes of models, against the reference implementation's."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from tiny import tiny_model

from spidepth_mm.apis.parameter_count import Count, build_without_weights, count_parameters
from spidepth_mm.registry import MODELS

CONFIGS = Path(__file__).parents[2] / 'configs/spidepth'

# Counted on the reference implementation's own modules: (learned, stored) of its encoder (timm's),
# U-Net decoder and self query layer, and of its pose nets.
REFERENCE_DEPTH = {
    'kitti': ((657467008, 657467008), (61722144, 61729832), (3738816, 3738816)),
    'spidepth_convnext_xlarge_kitti_320x1024':
        ((348143872, 348143872), (49999392, 50007080), (3738816, 3738816)),
    'spidepth_convnext_large_kitti_320x1024':
        ((196227264, 196227264), (42184224, 42191912), (3738816, 3738816)),
}
REFERENCE_POSE = {'kitti': (12498950, 12508570),
                  'spidepth_convnext_large_posecnn_kitti_320x1024': (1586774, 1586774)}
TIMM = {'kitti': 'convnextv2_huge', 'spidepth_convnext_xlarge_kitti_320x1024': 'convnext_xlarge',
        'spidepth_convnext_large_kitti_320x1024': 'convnext_large',
        'spidepth_convnextv2_tiny_kitti_192x640': 'convnextv2_tiny',
        'spidepth_convnextv2_nano_kitti_192x640': 'convnextv2_nano',
        'spidepth_convnextv2_atto_kitti_192x640': 'convnextv2_atto'}


def counts(name: str) -> dict:
    return count_parameters(build_without_weights(Config.fromfile(CONFIGS / f'{name}.py')))


@pytest.mark.parametrize('name', REFERENCE_DEPTH)
def test_depth_nets_have_the_references_size(name):
    found = counts(name)
    assert tuple(found[part] for part in ('backbone', 'neck', 'head')) == REFERENCE_DEPTH[name]


@pytest.mark.parametrize('name', REFERENCE_POSE)
def test_pose_nets_have_the_references_size(name):
    assert counts(name)['pose'] == REFERENCE_POSE[name]


def test_headline_model():
    found = counts('kitti')
    assert found['depth'].stored == 722935656
    assert found['pose'].stored == 12508570


@pytest.mark.parametrize('name', TIMM)
def test_encoders_have_timms_size(name):
    timm = pytest.importorskip('timm')
    linspace = torch.linspace
    with pytest.MonkeyPatch.context() as patch, torch.device('meta'):
        # timm reads its drop path rates from a tensor, which must have numbers.
        patch.setattr(torch, 'linspace', lambda *args, **_: linspace(*args, device='cpu'))
        encoder = timm.create_model(TIMM[name], features_only=True)
    assert counts(name)['backbone'].learned == sum(p.numel() for p in encoder.parameters())


def test_parts_of_a_real_model(default_scope):
    cfg = Config(dict(model=tiny_model()))
    model = MODELS.build(cfg.model)
    found = count_parameters(model)
    assert found == count_parameters(build_without_weights(cfg))
    assert sum(found[part].learned for part in ('depth', 'pose')) == \
        sum(p.numel() for p in model.parameters())
    assert sum(found[part].stored for part in ('depth', 'pose')) == \
        sum(value.numel() for value in model.state_dict().values())


def test_a_model_without_neck_and_pose_net():
    model = torch.nn.Module()
    model.backbone, model.head = torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4)
    model.pose_net = None
    assert count_parameters(model) == dict(
        backbone=Count(16, 16), head=Count(8, 17), depth=Count(24, 33))


def test_a_config_without_a_model():
    path = CONFIGS.parent / '_base_/default_runtime.py'
    with pytest.raises(ValueError, match=r'default_runtime\.py has no model'):
        build_without_weights(Config.fromfile(path))


def test_no_weights_are_made():
    model = build_without_weights(Config.fromfile(CONFIGS / 'kitti.py'))
    assert {p.device.type for p in model.parameters()} == {'meta'}
