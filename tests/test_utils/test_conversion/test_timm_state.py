"""What timm's models are called."""

import pytest
import torch

from spidepth_mm.utils.checkpoint import CheckpointError
from spidepth_mm.utils.conversion import read_weights, split_timm_arch


@pytest.mark.parametrize('arch, expected', [
    ('convnext_tiny', ('convnext', 'tiny')),
    ('convnextv2_huge.fcmae_ft_in22k_in1k_384', ('convnextv2', 'huge')),
    ('convnext_xlarge_in22k', ('convnext', 'xlarge')),
    ('convnext_large.fb_in22k', ('convnext', 'large')),
    ('resnet18', ('resnet', 18)),
    ('resnet50.a1_in1k', ('resnet', 50)),
])
def test_archs(arch, expected):
    assert split_timm_arch(arch) == expected


@pytest.mark.parametrize('arch', ['resnet50d', 'resnet', 'convnext', 'convnextv3_tiny', 'vit_base',
                                  'convnext_tinyish', 'xresnet18', 'resnet51', ''])
def test_unknown_archs(arch):
    with pytest.raises(ValueError, match=f"Unknown arch '{arch}'. Valid archs are timm's"):
        split_timm_arch(arch)


def test_boxes_and_prefixes(tmp_path):
    for content in ({'a': torch.ones(1)}, dict(state_dict={'module.a': torch.ones(1)}, epoch=3),
                    dict(model={'a': torch.ones(1)})):
        torch.save(content, tmp_path / 'x.pth')
        assert list(read_weights(tmp_path / 'x.pth')) == ['a']


def test_an_absent_file(tmp_path):
    for name in ('x.pth', 'x.safetensors'):
        with pytest.raises(CheckpointError, match='No such checkpoint'):
            read_weights(tmp_path / name)
