"""The depth head."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from closeness import relative_difference
from mmengine.structures import PixelData
from reference_names import load, sql_head_name

from spidepth_mm.models.heads import sql_head
from spidepth_mm.models.heads.self_query import BIN_NORMS, self_cost_volume
from spidepth_mm.models.losses.silog_loss import silog
from spidepth_mm.structures import DepthDataSample

SMALL = dict(
    in_channels=8, patch_size=4, num_queries=6, num_bins=7, depth_range=(0.5, 20.),
    feedforward_channels=16, num_layers=1)


@pytest.fixture
def small(build):
    return lambda **kwargs: build('SQLHead', **{**SMALL, **kwargs})


@pytest.fixture
def reference(load_reference, draw_state, build):
    """The reference's numbers, and our head with its weights as ``head``."""
    ref = load_reference('sql_head_small')
    head = build(
        'SQLHead', in_channels=ref.cfg['in_channels'], patch_size=ref.cfg['patch_size'],
        num_queries=ref.cfg['query_nums'], num_bins=ref.cfg['dim_out'],
        depth_range=(ref.cfg['min_val'], ref.cfg['max_val']),
        num_heads=ref.cfg['num_heads'], bin_norm=ref.cfg['norm'])
    shapes = load_reference('component_keys.json')['sql_head_small']
    ref.head = load(head, draw_state(shapes, 'depth.'), sql_head_name)
    return ref


def test_depth_meets_the_reference(reference):
    depth = reference.head(torch.from_numpy(reference.x))
    assert depth.dtype == torch.float32
    assert relative_difference(depth, reference.depth) < 1e-5


def test_steps_meet_the_reference(reference):
    head, seen = reference.head, {}
    head.bin_mlp.register_forward_hook(lambda _, args, out: seen.update(args=args[0], out=out))
    x = torch.from_numpy(reference.x)
    head(x)
    queries = head.query_transformer(x)
    assert relative_difference(queries, reference.queries) < 1e-5
    summary = seen['args'].unflatten(1, reference.summary.shape[1:])
    assert relative_difference(summary, reference.summary) < 1e-5
    assert relative_difference(seen['out'], reference.bins_logits) < 1e-5
    volume = self_cost_volume(queries, head.feature_proj(x).flatten(2))
    assert relative_difference(volume.mean(-1), reference.self_cost_volume_mean) < 1e-5


def test_gradients_meet_the_reference(reference):
    head = reference.head
    x = torch.from_numpy(reference.x).requires_grad_()
    head(x).mean().backward()
    positional = head.query_transformer.positional_encodings.grad
    rows = len(reference.grad_positional_encodings)
    assert relative_difference(x.grad, reference.grad_x) < 1e-4
    assert relative_difference(positional[:rows], reference.grad_positional_encodings) < 1e-4
    assert relative_difference(
        head.bin_mlp[4].weight.grad, reference.grad_bins_last_weight) < 1e-4


@pytest.mark.parametrize('bin_norm', BIN_NORMS)
def test_centers_increase_within_the_range_and_depth_lies_between(small, bin_norm):
    head, seen = small(bin_norm=bin_norm), {}
    predict = head.predict_centers
    head.predict_centers = lambda *args: seen.setdefault('centers', predict(*args))
    depth = head(3 * torch.randn(3, 8, 12, 20))
    assert depth.shape == (3, 1, 12, 20)
    centers = seen['centers']
    assert (centers.diff(dim=1) > 0).all()
    assert (centers > 0.5).all()
    assert (centers < 20).all()
    flat = depth.flatten(1)
    assert (flat.amin(1) >= centers[:, 0] - 1e-4).all()
    assert (flat.amax(1) <= centers[:, -1] + 1e-4).all()


def test_depth_is_the_volume_through_the_convolution(small):
    # The definition, with the volume stored and convolved: V, softmax over planes, expectation.
    head = small().eval()
    x = torch.randn(2, 8, 12, 16)
    queries = head.query_transformer(x)
    features = head.feature_proj(x)
    volume = self_cost_volume(queries, features.flatten(2)).unflatten(-1, (12, 16))
    planes = head.bin_conv(volume).softmax(1)
    centers = head.predict_centers(queries, features.flatten(2))
    expected = (planes * centers[:, :, None, None]).sum(1, keepdim=True)
    torch.testing.assert_close(head(x), expected)


def test_images_of_a_batch_do_not_see_each_other(small):
    head = small().eval()
    x = torch.randn(3, 8, 12, 16)
    torch.testing.assert_close(head(x)[1:2], head(x[1:2]))


def test_a_level_of_several_is_picked(small):
    maps = [torch.randn(1, 8, 12, 16), torch.randn(1, 3, 6, 8)]
    head = small(in_index=0).eval()
    torch.testing.assert_close(head(maps), head(maps[0]))
    assert small(in_index=-1).select(maps) is maps[1]


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_gives_finite_float32_depth(small, dtype):
    head = small().eval()
    x = 4 * torch.randn(2, 8, 12, 16)
    full = head(x)
    with torch.autocast('cpu', dtype):
        depth = head(x)
    assert depth.dtype == torch.float32
    assert relative_difference(depth, full) < 0.05
    # And with the weights themselves in half precision.
    assert relative_difference(head.to(dtype)(x.to(dtype)), full) < 0.1


def test_too_few_patches(small):
    with pytest.raises(ValueError, match=r'8x11 \(h x w\).*2x2 = 4 patches of 4x4; expected at '
                                         r'least num_queries=6\. Use a larger image'):
        small()(torch.randn(1, 8, 8, 11))


def test_too_many_patches(small):
    head = small(max_tokens=11)
    with pytest.raises(ValueError, match=r'12x16.*3x4 = 12 patches.*expected at most '
                                         r'max_tokens=11\. Use a smaller image'):
        head(torch.randn(1, 8, 12, 16))


def test_a_known_size_is_checked_at_once(small):
    with pytest.raises(ValueError, match=r'4x44.*expected at least num_queries=12'):
        small(num_queries=12, feature_size=(4, 44))
    small(num_queries=12, feature_size=(12, 16))


def test_as_many_patches_as_queries_suffice(small):
    # And as many as there are positional encodings.
    assert small(max_tokens=6)(torch.randn(1, 8, 8, 12)).shape == (1, 1, 8, 12)


def test_unknown_bin_norm(small):
    with pytest.raises(ValueError, match=r"Unknown bin_norm 'cubic'.*'linear', 'softmax'"):
        small(bin_norm='cubic')


@pytest.mark.parametrize('depth_range', [(0., 80.), (-1., 80.), (80., 80.), (80., 1.)])
def test_impossible_depth_range(small, depth_range):
    with pytest.raises(ValueError, match=r'0 < min < max, got \('):
        small(depth_range=depth_range)


# mmseg's decode-head contract ---------------------------------------------------------------


def ground_truth(height, width, flat=False):
    sample = DepthDataSample()
    data = 20 * torch.rand(height, width) * (torch.rand(height, width) > 0.5)
    sample.gt_depth_map = PixelData(data=data[None])
    # mmengine adds a channel with a warning; other codebases' samples may come without.
    return SimpleNamespace(gt_depth_map=SimpleNamespace(data=data)) if flat else sample


@pytest.mark.parametrize('flat', [False, True])
def test_loss_is_taken_at_the_size_of_the_ground_truth(small, flat):
    head = small(loss_decode=dict(type='SILogLoss')).eval()
    x = torch.randn(2, 8, 12, 16)
    samples = [ground_truth(20, 30, flat) for _ in range(2)]
    losses = head.loss([x], samples, train_cfg=None)
    assert set(losses) == {'loss_silog'}
    pred = F.interpolate(head(x), (20, 30), mode='bilinear', align_corners=False)
    target = torch.stack([s.gt_depth_map.data for s in samples]).view(2, 1, 20, 30)
    expected = silog(pred[target > 0], target[target > 0], 0.85)
    torch.testing.assert_close(losses['loss_silog'], expected)


def test_losses_of_one_name_add_up(small):
    samples = [ground_truth(12, 16)]
    x = torch.randn(1, 8, 12, 16)
    one = small(loss_decode=dict(type='SILogLoss')).eval()
    two = small(loss_decode=[
        dict(type='SILogLoss'), dict(type='SILogLoss', loss_weight=2.)]).eval()
    two.load_state_dict(one.state_dict())
    torch.testing.assert_close(
        two.loss([x], samples)['loss_silog'], 3 * one.loss([x], samples)['loss_silog'])


def test_loss_without_a_loss_says_what_to_set(small):
    with pytest.raises(ValueError, match=r'SQLHead\.loss\(\).*loss_decode'):
        small().loss([torch.randn(1, 8, 12, 16)], [ground_truth(12, 16)])


@pytest.mark.parametrize(('meta', 'size'), [
    (dict(img_shape=(24, 32)), (24, 32)),
    (dict(img_shape=(24, 32, 3)), (24, 32)),
    (dict(img_shape=(20, 30), pad_shape=(24, 32)), (24, 32))])
def test_predict_gives_depth_at_the_networks_input_size(small, meta, size):
    head = small().eval()
    x = torch.randn(2, 8, 12, 16)
    depth = head.predict([x], [meta, meta], test_cfg=dict(mode='whole'))
    expected = F.interpolate(head(x), size, mode='bilinear', align_corners=False)
    assert torch.equal(depth, expected)


def test_the_head_is_found_from_another_scope(build):
    from mmengine.registry import MODELS as ROOT
    head = ROOT.build(dict(type='spidepth_mm.SQLHead', **SMALL))
    assert head(torch.randn(1, 8, 12, 16)).shape == (1, 1, 12, 16)


# Fast paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last])
def test_patches_are_embedded_as_the_convolution_does(small, memory_format):
    transformer = small().to(memory_format=memory_format).query_transformer
    x = torch.randn(2, 8, 13, 18).contiguous(memory_format=memory_format)
    expected = transformer.patch_embed(x).flatten(2).permute(2, 0, 1)
    torch.testing.assert_close(transformer.embed(x), expected)


def test_what_is_recorded_is_what_runs(small, monkeypatch):
    head = small().eval()
    x = torch.randn(2, 8, 12, 16, requires_grad=True)
    results = []
    for recorded in (False, True):
        monkeypatch.setattr(sql_head, 'is_recorded', lambda answer=recorded: answer)
        depth = head(x)
        results.append((depth, *torch.autograd.grad(depth.sum(), [x, *head.bin_conv.parameters()])))
    for eager, recorded in zip(*results):
        torch.testing.assert_close(eager, recorded, rtol=1e-4, atol=1e-5)
