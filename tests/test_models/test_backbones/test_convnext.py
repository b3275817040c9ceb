"""ConvNeXt encoders."""

import copy

import pytest
import torch
from closeness import relative_difference
from mmpretrain.models import ConvNeXt as MMPretrainConvNeXt
from mmpretrain.models.backbones.convnext import ConvNeXtBlock
from mmpretrain.models.utils import GRN, LayerNorm2d
from reference_names import load, pose_name

from spidepth_mm.models.backbones.convnext import FAST_LAYERS

ARCH = dict(depths=[1, 1, 2, 1], channels=[4, 8, 12, 16])


@pytest.fixture
def images():
    return torch.randn(2, 3, 64, 96)


def test_strides_and_channels(build, images):
    for name in ('ConvNeXt', 'ConvNeXtV2'):
        maps = build(name, arch=ARCH)(images)
        assert [m.shape for m in maps] == [
            (2, c, 64 // s, 96 // s) for c, s in zip((4, 8, 12, 16), (4, 8, 16, 32))]


def test_with_output_norms_it_is_mmpretrains(build, images):
    theirs = MMPretrainConvNeXt(
        arch=ARCH, out_indices=(0, 1, 2, 3), gap_before_final_norm=False)
    theirs.eval()  # returns None
    ours = build('ConvNeXt', arch=ARCH, out_norm=True).eval()
    ours.load_state_dict(theirs.state_dict())
    for mine, expected in zip(ours(images), theirs(images)):
        assert torch.equal(mine, expected)


def test_without_output_norms_the_maps_are_raw(build, images):
    normed = build('ConvNeXtV2', arch=ARCH, out_norm=True).eval()
    raw = build('ConvNeXtV2', arch=ARCH).eval()
    raw.load_state_dict(normed.state_dict())
    for index, (before, after) in enumerate(zip(raw(images), normed(images))):
        assert not torch.allclose(before, after)
        torch.testing.assert_close(getattr(normed, f'norm{index}')(before), after)
    assert not [name for name in raw.state_dict() if name.startswith('norm')]


def test_v2_has_response_normalisation_and_no_layer_scale(build):
    names = list(build('ConvNeXtV2', arch=ARCH).state_dict())
    assert any('grn' in name for name in names)
    block = build('ConvNeXtV2', arch=ARCH).stages[0][0]
    assert block.gamma is None
    block = build('ConvNeXt', arch=ARCH).stages[0][0]
    assert block.gamma is not None
    assert not any('grn' in name for name in build('ConvNeXt', arch=ARCH).state_dict())


def test_last_stage_meets_the_reference(build, load_reference, draw_state):
    ref = load_reference('pose_strengthened')
    shapes = load_reference('component_keys.json')['pose_strengthened_convnextv2_atto']
    state = {
        name: value for name, value in draw_state(shapes, 'pose.').items()
        if name.startswith('encoder.')}
    backbone = build('ConvNeXtV2', arch='atto', in_channels=6)
    load(backbone, state, lambda name: pose_name(name)[len('backbone.'):])
    both = torch.from_numpy(ref.image_a), torch.from_numpy(ref.image_b)
    with torch.no_grad():
        last = backbone(torch.cat(both, 1))[-1]
    assert relative_difference(last, ref.encoder_last) < 1e-4


def stem_response(backbone, images):
    return backbone.downsample_layers[0][0](images)


def test_a_pretrained_stem_sees_one_image_twice_as_it_saw_it_once(build, images):
    pretrained = build('ConvNeXt', arch=ARCH).eval()
    pair = build('ConvNeXt', arch=ARCH, in_channels=6).eval()
    pair.load_state_dict(pretrained.state_dict())
    twice = torch.cat([images, images], 1)
    torch.testing.assert_close(stem_response(pair, twice), stem_response(pretrained, images))
    for seen, expected in zip(pair(twice), pretrained(images)):
        torch.testing.assert_close(seen, expected)


def test_weights_that_fit_are_not_adapted(build):
    pair = build('ConvNeXt', arch=ARCH, in_channels=6)
    other = build('ConvNeXt', arch=ARCH, in_channels=6)
    other.load_state_dict(pair.state_dict())
    assert torch.equal(other.downsample_layers[0][0].weight, pair.downsample_layers[0][0].weight)


def test_a_classifiers_checkpoint_loads_strictly(build):
    # mmpretrain's own default has the norm before its classifier, norm3.
    checkpoint = MMPretrainConvNeXt(arch=ARCH).state_dict()
    assert 'norm3.weight' in checkpoint
    before = set(checkpoint)
    backbone = build('ConvNeXt', arch=ARCH)
    result = backbone.load_state_dict(checkpoint)
    assert not result.missing_keys
    assert not result.unexpected_keys
    assert set(checkpoint) == before
    assert torch.equal(backbone.stages[1][0].norm.weight, checkpoint['stages.1.0.norm.weight'])


def test_pretrained_weights_are_read_from_init_cfg(build, tmp_path):
    classifier = MMPretrainConvNeXt(arch=ARCH)
    path = str(tmp_path / 'classifier.pth')
    torch.save(dict(state_dict={
        f'backbone.{name}': value for name, value in classifier.state_dict().items()}), path)
    backbone = build(
        'ConvNeXt', arch=ARCH, in_channels=6,
        init_cfg=dict(type='Pretrained', checkpoint=path, prefix='backbone.'))
    backbone.init_weights()
    stem = classifier.downsample_layers[0][0].weight
    torch.testing.assert_close(
        backbone.downsample_layers[0][0].weight, torch.cat([stem, stem], 1) / 2)
    block, pretrained = backbone.stages[3][0], classifier.stages[3][0]
    assert torch.equal(block.pointwise_conv1.weight, pretrained.pointwise_conv1.weight)


def test_train_and_eval_return_the_module(build):
    backbone = build('ConvNeXt', arch=ARCH)
    assert backbone.train() is backbone
    assert backbone.training
    assert backbone.eval() is backbone
    assert not backbone.training


def test_caller_keeps_its_config(build):
    cfg = dict(arch=copy.deepcopy(ARCH), out_indices=[-2, -1], init_cfg=[dict(
        type='TruncNormal', layer=['Conv2d'], std=.02)])
    before = copy.deepcopy(cfg)
    backbone = build('ConvNeXtV2', **cfg)
    assert cfg == before
    maps = backbone(torch.randn(1, 3, 64, 64))
    assert [m.shape[1] for m in maps] == [12, 16]


@pytest.mark.parametrize('options', [
    {}, dict(layer_scale_init_value=0.5), dict(with_cp=True), dict(linear_pw_conv=False),
    dict(drop_path_rate=0.3)])
@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last])
def test_fast_layers_compute_what_mmpretrains_do(build, images, memory_format, options):
    options = dict(dict(layer_scale_init_value=0.), **options)
    theirs = MMPretrainConvNeXt(
        arch=ARCH, out_indices=(0, 1, 2, 3), gap_before_final_norm=False, use_grn=True, **options)
    ours = build('ConvNeXtV2', arch=ARCH, out_norm=True, **options)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    ours.load_state_dict(theirs.state_dict())
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours = ours.to(memory_format=memory_format)
    layers = {type(layer) for layer in ours.modules()}
    assert layers >= set(FAST_LAYERS.values())
    assert not layers & {GRN, LayerNorm2d, ConvNeXtBlock}
    for net in (ours, theirs):
        torch.manual_seed(0)  # of the dropped paths
        sum((m * m.detach().cos()).sum() for m in net(images)).backward()
    for mine, expected in zip(ours.parameters(), theirs.parameters()):
        # Not relative_difference: where a path was dropped all is zero.
        assert (mine.grad - expected.grad).abs().max() <= 1e-4 * expected.grad.abs().max()


def flat_gradient(net):
    return torch.cat([parameter.grad.flatten() for parameter in net.parameters()])


def test_building_draws_the_same_weights_as_mmpretrain(build):
    torch.manual_seed(3)
    theirs = MMPretrainConvNeXt(arch=ARCH, out_indices=(0, 1, 2, 3))
    theirs.init_weights()
    torch.manual_seed(3)
    ours = build('ConvNeXt', arch=ARCH, out_norm=True)
    ours.init_weights()
    for mine, expected in zip(ours.parameters(), theirs.parameters()):
        assert torch.equal(mine, expected)


def test_bfloat16_gradients_are_as_near_as_mmpretrains(build, images):
    theirs = MMPretrainConvNeXt(
        arch=ARCH, out_indices=(0, 1, 2, 3), gap_before_final_norm=False, use_grn=True,
        layer_scale_init_value=0.)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    ours = build('ConvNeXtV2', arch=ARCH, out_norm=True)
    ours.load_state_dict(theirs.state_dict())

    def gradient(net, half):
        net.zero_grad()
        with torch.autocast('cpu', torch.bfloat16, enabled=half):
            maps = net(images)
        sum(m.float().square().mean() for m in maps).backward()
        return flat_gradient(net)

    exact = gradient(theirs, half=False)
    error, usual = ((gradient(net, half=True) - exact).norm() for net in (ours, theirs))
    assert error < 1.1 * usual < exact.norm()


def test_wrapped_layers_are_called(build, images):
    net = build('ConvNeXtV2', arch=ARCH).eval()
    expected = net(images)
    calls = []
    for stage in net.stages:
        for block in stage:
            block.pointwise_conv2 = torch.nn.Sequential(block.pointwise_conv2)
            block.pointwise_conv2.register_forward_hook(lambda *_: calls.append(1))
    for mine, before in zip(net(images), expected):
        assert relative_difference(mine, before) < 1e-5
    assert len(calls) == sum(ARCH['depths'])
