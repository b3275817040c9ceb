"""What published files hold beside what is used."""

import pytest
import torch

from spidepth_mm.utils.conversion import MONODEPTH2, SPIDEPTH, put_back, split_unused


def resnet(prefix: str, **more) -> dict:
    """A bottleneck ResNet's first, last and, where given, classifier's weights."""
    names = ('conv1.weight', 'layer1.0.bn3.weight', 'layer4.2.bn1.weight', 'layer4.2.bn3.weight')
    sizes = ((64, 3, 7, 7), (256, ), (512, ), (2048, ))
    weights = {prefix + name: torch.rand(size) for name, size in zip(names, sizes)}
    return {**weights, **{prefix + k.replace('_', '.'): v for k, v in more.items()}}


def same(one: dict, other: dict) -> bool:
    return list(one) == list(other) and all(
        list(one[file]) == list(other[file])
        and all(torch.equal(one[file][name], other[file][name]) for name in one[file])
        for file in one)


def test_what_is_split_is_put_back_in_its_place():
    files = dict(
        encoder=dict(resnet('encoder.', fc_weight=torch.rand(1000, 2048),
                            fc_bias=torch.rand(1000)), last=torch.rand(1)),
        pose={'net.0.weight': torch.rand(3), 'net.3.weight': torch.rand(12, 4, 1, 1),
              'net.3.bias': torch.rand(12)})
    used, unused = split_unused(files, MONODEPTH2)
    assert [list(weights) for weights in unused.values()] == [
        ['encoder.fc.weight', 'encoder.fc.bias'], ['net.3.weight', 'net.3.bias']]
    assert 'encoder.fc.weight' not in used['encoder']
    assert torch.equal(used['pose']['net.3.bias'], files['pose']['net.3.bias'][:6])
    assert torch.equal(unused['pose']['net.3.bias'], files['pose']['net.3.bias'][6:])
    assert len(files['pose']['net.3.bias']) == 12  # the caller's are as they were
    assert same(put_back(used, MONODEPTH2, unused), files)


@pytest.mark.parametrize(('form', 'prefix'), [
    (SPIDEPTH, 'encoder.encoder.'), (MONODEPTH2, 'encoder.')])
def test_zeros_stand_in_for_what_is_not_known(form, prefix):
    whole = put_back(dict(encoder=resnet(prefix)), form)
    assert list(whole['encoder'])[-2:] == [f'{prefix}fc.weight', f'{prefix}fc.bias']
    weight = whole['encoder'][f'{prefix}fc.weight']
    assert weight.shape == (1000, 2048)
    assert not weight.any()


def test_convnexts_have_nothing_to_keep_aside():
    files = dict(encoder={'encoder.stem_0.weight': torch.rand(4, 3, 4, 4)},
                 pose={'encoder.conv1.weight': torch.rand(64, 6, 7, 7), 'net.3.bias':
                       torch.rand(12)})
    used, unused = split_unused(files, SPIDEPTH)
    assert unused == {}
    assert same(used, files)
    assert same(put_back(files, SPIDEPTH), files)
    assert same(put_back(files, SPIDEPTH, {}), files)


def test_a_pose_net_of_one_motion_is_whole():
    files = dict(pose={'net.3.bias': torch.rand(6)})
    used, unused = split_unused(files, MONODEPTH2)
    assert unused == {}
    assert same(used, files)
