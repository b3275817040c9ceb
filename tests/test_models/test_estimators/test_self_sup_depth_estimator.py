"""Depth and pose learned together."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.optim import OptimWrapper
from tiny import packed_batch, tiny_model
from torch import nn

from spidepth_mm.geometry import synthesize, transform_from_axisangle
from spidepth_mm.models.estimators import NonFiniteLossError


class KnownPoses(nn.Module):
    """Stands in for a pose net: its six numbers follow from the mean colours of the frames."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def forward(self, frame_a, frame_b):
        self.calls.append((frame_a, frame_b))
        a, b = frame_a.mean((2, 3)), frame_b.mean((2, 3))
        return 0.05 * a - 0.02 * b, a - 0.3 * b


def optimizer(estimator):
    return OptimWrapper(torch.optim.Adam(estimator.parameters(), lr=1e-3))


@pytest.mark.parametrize('offsets', [(-1, 1), ('s', ), (-1, 1, 's'), (1, ), ('s', -2, 3)])
def test_training_from_video_stereo_or_both(tiny, training, offsets):
    estimator = tiny()
    losses = estimator(*training(estimator, offsets=offsets), mode='loss')
    assert set(losses) == {'loss_photometric', 'loss_smoothness', 'automasked', 'mean_depth'}
    total, _ = estimator.parse_losses(losses)
    assert total.item() == pytest.approx(
        (losses['loss_photometric'] + losses['loss_smoothness']).item())
    total.backward()
    for name, parameter in estimator.named_parameters():
        used = offsets != ('s', ) or not name.startswith('pose_net')
        assert (parameter.grad is not None) == used, name
        assert not used or torch.isfinite(parameter.grad).all(), name


def test_stereo_alone_needs_no_pose_net(tiny, training):
    estimator = tiny(pose_net=None)
    losses = estimator(*training(estimator, offsets=('s', )), mode='loss')
    estimator.parse_losses(losses)[0].backward()
    assert all(p.grad is not None for p in estimator.parameters())


def test_a_train_step_changes_depth_and_pose(tiny):
    estimator = tiny()
    before = {name: p.detach().clone() for name, p in estimator.named_parameters()}
    log = estimator.train_step(packed_batch(), optimizer(estimator))
    assert torch.isfinite(log['loss'])
    changed = {name for name, p in estimator.named_parameters()
               if not torch.equal(p, before[name])}
    for part in ('backbone.', 'neck.', 'head.', 'pose_net.'):
        assert any(name.startswith(part) for name in changed), part


def test_training_reduces_the_loss(tiny):
    estimator, batch = tiny(), packed_batch(offsets=('s', ))
    wrapper = optimizer(estimator)
    losses = [estimator.train_step(batch, wrapper)['loss'].item() for _ in range(15)]
    assert losses[-1] < losses[0]


def test_the_depth_is_resized_to_the_images(tiny, training):
    estimator = tiny(data_preprocessor=dict(
        type='DepthDataPreprocessor', mean=(0.45, ) * 3, std=(0.225, ) * 3)).eval()
    inputs, samples = training(estimator)
    views = estimator.synthesize_views(inputs, samples)
    depth = estimator(inputs['net_frames'][:, 0])
    expected = F.interpolate(depth, (32, 64), mode='bilinear', align_corners=False)
    torch.testing.assert_close(views.depth, expected)


def test_the_loss_sees_clean_frames_and_the_nets_jittered_ones(tiny):
    jitter = dict(prob=1., brightness=0.5, hue=0.2)
    estimator = tiny(data_preprocessor=dict(
        type='DepthDataPreprocessor', mean=(0.45, ) * 3, std=(0.225, ) * 3,
        color_jitter=jitter)).eval()
    estimator.pose_net = KnownPoses()
    batch = packed_batch(offsets=(-1, 1))
    clean = torch.stack(batch['inputs']).float() / 255
    data = estimator.data_preprocessor(batch, True)
    views = estimator.synthesize_views(data['inputs'], data['data_samples'])
    torch.testing.assert_close(views.target, clean[:, 0])
    torch.testing.assert_close(views.sources, clean[:, 1:])
    net_frames = data['inputs']['net_frames']
    assert not torch.allclose(net_frames, clean, atol=0.1)
    seen = estimator.pose_net.calls[0][0]
    torch.testing.assert_close(seen, torch.cat([net_frames[:, 1], net_frames[:, 0]]))


# Motions -------------------------------------------------------------------------------------


@pytest.mark.parametrize('offsets', [(-1, 1), (1, -1), ('s', -1, 2), (-1, 's', 1), (2, 1)])
def test_pairs_in_one_call_are_pairs_one_by_one(tiny, training, offsets):
    estimator = tiny().eval()
    estimator.pose_net = KnownPoses()
    inputs, _ = training(estimator, batch=3, offsets=offsets)
    found = estimator.source_from_target(inputs, offsets, torch.ones(3, 1, 32, 64))
    assert len(estimator.pose_net.calls) == 1
    assert found.shape == (3, len(offsets), 4, 4)
    target = inputs['net_frames'][:, 0]
    for index, offset in enumerate(offsets):
        source = inputs['net_frames'][:, 1 + index]
        if offset == 's':
            expected = inputs['source_from_target']
        elif offset < 0:
            # The earlier frame first, and the motion inverted.
            expected = transform_from_axisangle(*KnownPoses()(source, target), invert=True)
        else:
            expected = transform_from_axisangle(*KnownPoses()(target, source))
        torch.testing.assert_close(found[:, index], expected)


def test_the_real_pose_net_batches_too(tiny, training):
    estimator = tiny().eval()
    inputs, _ = training(estimator, offsets=(-1, 1))
    depth = torch.ones(2, 1, 32, 64)
    together = estimator.source_from_target(inputs, (-1, 1), depth)
    for index, offset in enumerate((-1, 1)):
        picked = dict(inputs, net_frames=inputs['net_frames'][:, [0, 1 + index]])
        alone = estimator.source_from_target(picked, (offset, ), depth)
        torch.testing.assert_close(alone[:, 0], together[:, index], rtol=1e-4, atol=1e-7)


def test_without_video_the_pose_net_is_not_called(tiny, training):
    estimator = tiny()
    estimator.pose_net = KnownPoses()
    estimator(*training(estimator, offsets=('s', )), mode='loss')
    assert not estimator.pose_net.calls


def test_sources_are_warped_by_their_motions(tiny, training):
    estimator = tiny().eval()
    estimator.pose_net = KnownPoses()
    inputs, samples = training(estimator)
    views = estimator.synthesize_views(inputs, samples)
    motions = estimator.source_from_target(inputs, (-1, 1, 's'), views.depth)
    warped, valid = synthesize(
        inputs['frames'][:, 1:], views.depth, inputs['cam2img'], motions)
    torch.testing.assert_close(views.warped, warped)
    assert torch.equal(views.valid, valid)


def test_the_loss_says_what_lies_outside(tiny, training):
    losses = [dict(type='EdgeAwareSmoothnessLoss'),
              dict(type='PhotometricLoss', padding_mode='zeros')]
    estimator = tiny(losses=losses).eval()
    far = np.eye(4)
    far[0, 3] = 1e5
    inputs, samples = training(estimator, offsets=('s', ), source_from_target=far)
    assert not estimator.synthesize_views(inputs, samples).warped.any()
    assert tiny().padding_mode == 'border'


def test_motions_are_exact_in_mixed_precision(tiny, training):
    estimator = tiny()
    estimator.pose_net = KnownPoses()
    inputs, _ = training(estimator, offsets=(-1, 1))
    depth = torch.ones(2, 1, 32, 64)
    expected = estimator.source_from_target(inputs, (-1, 1), depth)
    with torch.autocast('cpu', torch.bfloat16):
        found = estimator.source_from_target(inputs, (-1, 1), depth)
    assert torch.equal(found, expected)


# Sources for a while -------------------------------------------------------------------------


@pytest.mark.parametrize(('active', 'kept'), [
    (('s', ), [2]), ((1, -1), [0, 1]), ((-1, 's'), [0, 2]), ((5, ), [0, 1, 2]), (None, [0, 1, 2])])
def test_only_active_sources_are_used(tiny, training, active, kept):
    estimator = tiny().eval()
    estimator.pose_net = KnownPoses()
    inputs, samples = training(estimator)
    full = estimator.synthesize_views(inputs, samples)
    calls = len(estimator.pose_net.calls)
    estimator.active_offsets = active
    views = estimator.synthesize_views(inputs, samples)
    torch.testing.assert_close(views.sources, full.sources[:, kept])
    torch.testing.assert_close(views.warped, full.warped[:, kept])
    torch.testing.assert_close(views.target, full.target)
    assert (len(estimator.pose_net.calls) > calls) == (kept != [2])
    assert inputs['frames'].shape[1] == 4


# The unit of the translation -----------------------------------------------------------------


def with_known_depth(estimator, depth):
    estimator.predict_scales = lambda images: [depth]
    estimator.pose_net = KnownPoses()
    return estimator


@pytest.mark.parametrize('offsets', [(-1, 1), (1, )])
def test_in_mean_depths_the_scale_of_the_scene_does_not_matter(tiny, training, offsets):
    depth = 2 + 5 * torch.rand(2, 1, 16, 32)
    estimator = tiny(translation_scaling='mean_depth').eval()
    inputs, samples = training(estimator, offsets=offsets)
    near = with_known_depth(estimator, depth)(inputs, samples, mode='loss')
    far = with_known_depth(estimator, 7 * depth)(inputs, samples, mode='loss')
    torch.testing.assert_close(far['loss_photometric'], near['loss_photometric'])
    torch.testing.assert_close(far['loss_smoothness'], near['loss_smoothness'])
    torch.testing.assert_close(far['mean_depth'], 7 * near['mean_depth'])


@pytest.mark.parametrize(('scaling', 'unit'), [
    ('none', lambda depth: 1.),
    ('mean_depth', lambda depth: 1 / (1 / depth).mean()),
    ('mean_inverse_depth', lambda depth: (1 / depth).mean())])
def test_translation_scaling(tiny, training, scaling, unit):
    estimator = tiny(translation_scaling=scaling)
    estimator.pose_net = KnownPoses()
    inputs, _ = training(estimator, batch=3, offsets=(-1, 1))
    depth = 2 + 5 * torch.rand(3, 1, 32, 64)
    found = estimator.source_from_target(inputs, (-1, 1), depth)
    frames = inputs['net_frames']
    for b in range(3):
        target = frames[b:b + 1, 0]
        axisangle, translation = KnownPoses()(frames[b:b + 1, 1], target)
        expected = transform_from_axisangle(axisangle, translation * unit(depth[b]), invert=True)
        torch.testing.assert_close(found[b, 0], expected[0])
        axisangle, translation = KnownPoses()(target, frames[b:b + 1, 2])
        expected = transform_from_axisangle(axisangle, translation * unit(depth[b]))
        torch.testing.assert_close(found[b, 1], expected[0])


def test_unscaled_the_scale_of_the_scene_matters(tiny, training):
    depth = 2 + 5 * torch.rand(2, 1, 16, 32)
    estimator = tiny().eval()
    inputs, samples = training(estimator, offsets=(-1, 1))
    near = with_known_depth(estimator, depth).synthesize_views(inputs, samples)
    far = with_known_depth(estimator, 7 * depth).synthesize_views(inputs, samples)
    assert (far.warped - near.warped).abs().mean() > 0.05


def test_unknown_translation_scaling(tiny):
    with pytest.raises(ValueError, match=r"Unknown translation_scaling 'feet'.*'mean_depth'"):
        tiny(translation_scaling='feet')


# The unit of the depth -----------------------------------------------------------------------


@pytest.mark.parametrize(('offsets', 'scale_type'), [
    ((-1, 1), 'unknown'), ((-1, 1, 's'), 'stereo'), (('s', ), 'stereo')])
def test_a_known_baseline_gives_the_scale(tiny, training, offsets, scale_type):
    estimator = tiny()
    assert estimator.scale_type == 'unknown'
    estimator(*training(estimator, offsets=offsets), mode='loss')
    assert estimator.scale_type == scale_type


# Losses --------------------------------------------------------------------------------------


def test_terms_of_one_name_add_up(tiny, training):
    one = tiny().eval()
    two = tiny(losses=[dict(type='PhotometricLoss'), dict(type='PhotometricLoss')]).eval()
    two.load_state_dict(one.state_dict())
    inputs, samples = training(one)
    torch.testing.assert_close(
        two(inputs, samples, mode='loss')['loss_photometric'],
        2 * one(inputs, samples, mode='loss')['loss_photometric'])


def test_mixed_precision_gives_a_finite_loss_near_the_exact_one(tiny, training):
    estimator = tiny().eval()
    inputs, samples = training(estimator)
    exact = estimator(inputs, samples, mode='loss')
    with torch.autocast('cpu', torch.bfloat16):
        losses = estimator(inputs, samples, mode='loss')
    for name in ('loss_photometric', 'loss_smoothness'):
        assert losses[name].dtype == torch.float32
        torch.testing.assert_close(losses[name], exact[name], rtol=0.1, atol=1e-3)


class NotANumber(nn.Module):
    """A loss that is NaN, and depends on the depth."""

    def forward(self, views):
        return dict(loss_odd=views.depth.mean() * float('nan'), share=views.depth.mean() / 0)


def test_a_non_finite_loss_stops_before_the_weights_change(tiny):
    estimator = tiny()
    estimator.losses.append(NotANumber())
    before = {name: value.clone() for name, value in estimator.state_dict().items()
              if 'running' not in name and 'num_batches' not in name}
    with pytest.raises(NonFiniteLossError) as error:
        estimator.train_step(packed_batch(), optimizer(estimator))
    message = str(error.value)
    assert 'loss_odd is not finite' in message
    assert 'frames/000000.png' in message
    assert 'frames/000001.png' in message
    assert 'share' not in message
    after = estimator.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


# Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(('batch', 'changes', 'message'), [
    (dict(offsets=()), {}, r'at least one source frame.*frame_offsets=\(-1, 1\)'),
    (dict(cam2img=None), {}, r'needs cam2img \(3x3, pixels\)'),
    (dict(source_from_target=None), {}, r'stereo source.*no source_from_target \(4x4, metres\)'),
    (dict(offsets=(-1, 's')), dict(pose_net=None), r"pose_net is None.*frame_offsets=\('s',\)"),
    (dict(size=(30, 60)), {}, r'Got images of 60x30.*multiples of 32')])
def test_bad_batches(tiny, training, batch, changes, message):
    estimator = tiny(**changes)
    with pytest.raises(ValueError, match=message):
        estimator(*training(estimator, **batch), mode='loss')


def test_a_batch_has_one_set_of_offsets(tiny, training):
    estimator = tiny()
    inputs, samples = training(estimator, offsets=(-1, 1))
    samples[1].set_metainfo(dict(frame_offsets=[1, -1]))
    with pytest.raises(ValueError, match=r'one frame_offsets.*\(-1, 1\), \(1, -1\)'):
        estimator(inputs, samples, mode='loss')


def test_a_config_of_another_scope_can_name_this_one(forget_mmengine_instances):
    from mmengine.registry import MODELS as ROOT
    from mmengine.registry import DefaultScope
    DefaultScope.get_instance('plain', scope_name='mmengine')
    estimator = ROOT.build(dict(tiny_model(), _scope_='spidepth_mm'))
    assert estimator(torch.rand(1, 3, 32, 64)).shape == (1, 1, 16, 32)
