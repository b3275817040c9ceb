"""The strengthened pose net, over encoders of several kinds."""

import copy

import pytest
import torch
from closeness import relative_difference
from reference_names import load, pose_name

CONVNEXT = dict(
    type='ConvNeXtV2', arch=dict(depths=[1, 1, 1, 1], channels=[4, 8, 12, 16]), in_channels=6)
BACKBONES = dict(
    convnext=dict(
        type='mmpretrain.ConvNeXt', arch=dict(depths=[1, 1, 1, 1], channels=[4, 8, 12, 16]),
        in_channels=6, gap_before_final_norm=False),
    resnet=dict(type='mmpretrain.ResNet', depth=18, in_channels=6, base_channels=4,
                stem_channels=4),
    swin=dict(
        type='mmpretrain.SwinTransformer', in_channels=6, img_size=64, window_size=2,
        arch=dict(embed_dims=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2])),
    vit=dict(
        type='mmpretrain.VisionTransformer', in_channels=6, img_size=(64, 96), patch_size=16,
        out_type='featmap',
        arch=dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32)))


@pytest.fixture
def frames():
    return torch.rand(2, 3, 64, 96), torch.rand(2, 3, 64, 96)


def test_pose_meets_the_reference(build, load_reference, draw_state):
    ref = load_reference('pose_strengthened')
    shapes = load_reference('component_keys.json')['pose_strengthened_convnextv2_atto']
    net = build('StrengthenedPoseNet', backbone=dict(
        type='ConvNeXtV2', arch='atto', in_channels=6, out_indices=(3, )))
    load(net, draw_state(shapes, 'pose.'), pose_name)
    with torch.no_grad():
        axisangle, translation = net(torch.from_numpy(ref.image_a), torch.from_numpy(ref.image_b))
    assert relative_difference(axisangle, ref.axisangle) < 1e-4
    assert relative_difference(translation, ref.translation) < 1e-4


@pytest.mark.parametrize('name', BACKBONES)
def test_any_registered_backbone_serves(build, frames, name):
    net = build('StrengthenedPoseNet', backbone=BACKBONES[name], hidden_channels=8)
    axisangle, translation = net(*frames)
    assert axisangle.shape == translation.shape == (2, 3)
    (axisangle.sum() + translation.square().sum()).backward()
    stem = next(p for p in net.backbone.parameters() if p.ndim == 4)
    assert stem.grad.abs().sum() > 0
    assert net.squeeze.weight.grad.abs().sum() > 0
    # The order of the frames matters.
    swapped = net(*reversed(frames))
    assert not torch.allclose(swapped[1], translation)


def test_looking_for_the_channels_leaves_no_trace(build):
    net = build('StrengthenedPoseNet', backbone=BACKBONES['resnet'], hidden_channels=8)
    assert net.training
    norm = net.backbone.bn1
    assert norm.training
    assert norm.num_batches_tracked == 0
    assert not norm.running_mean.any()


@pytest.mark.parametrize('name', ['resnet', 'swin'])
def test_a_3_channel_checkpoint_is_adapted(build, name):
    net = build('StrengthenedPoseNet', backbone=BACKBONES[name], hidden_channels=8).eval()
    state = net.backbone.state_dict()
    stem = next(key for key, value in state.items() if value.ndim == 4)
    pretrained = dict(state, **{stem: torch.rand(state[stem].shape[0], 3, *state[stem].shape[2:])})
    net.backbone.load_state_dict(pretrained)
    loaded = net.backbone.state_dict()[stem]
    torch.testing.assert_close(loaded, torch.cat([pretrained[stem]] * 2, 1) / 2)


def test_a_backbone_must_see_two_frames(build):
    with pytest.raises(ValueError, match=r'6 input channels.*got 3\. Set in_channels=6'):
        build('StrengthenedPoseNet', backbone=dict(CONVNEXT, in_channels=3))


def test_a_backbone_must_give_a_map(build):
    with pytest.raises(ValueError, match=r'feature map \(B, C, h, w\), got \(1, 16\).*featmap'):
        build('StrengthenedPoseNet', backbone=dict(BACKBONES['vit'], out_type='cls_token'))


def test_given_channels_are_taken(build):
    net = build('StrengthenedPoseNet', backbone=CONVNEXT, in_channels=16, hidden_channels=8)
    assert net.squeeze.weight.shape == (8, 16, 1, 1)


def test_caller_keeps_its_config(build):
    backbone = copy.deepcopy(CONVNEXT)
    build('StrengthenedPoseNet', backbone=backbone)
    assert backbone == CONVNEXT
