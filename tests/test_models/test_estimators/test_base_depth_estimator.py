"""From an image to depth, in mmengine's modes."""

import pytest
import torch
import torch.nn.functional as F
from tiny import packed_batch, tiny_model

from spidepth_mm.models.estimators import BaseDepthEstimator
from spidepth_mm.models.estimators.flip_tta import blend_flipped
from spidepth_mm.structures import DepthDataSample


def test_tensor_mode_gives_depth_at_the_heads_resolution(tiny):
    depth = tiny().eval()(torch.rand(2, 3, 32, 64), mode='tensor')
    assert depth.shape == (2, 1, 16, 32)
    assert depth.min() > 0.5
    assert depth.max() < 30


def test_tensor_is_the_default_mode_and_needs_no_samples(tiny):
    estimator, images = tiny().eval(), torch.rand(1, 3, 32, 64)
    assert torch.equal(estimator(images), estimator.predict_depth(images))


def test_predict_fills_the_samples_at_their_original_size(tiny):
    estimator = tiny(scale_type='stereo').eval()
    images = torch.rand(2, 3, 32, 64)
    samples = [DepthDataSample(metainfo=dict(ori_shape=size)) for size in ((37, 124), (40, 80))]
    found = estimator(images, samples, mode='predict')
    depth = estimator(images)
    for index, (sample, given) in enumerate(zip(found, samples)):
        assert sample is given
        assert sample.scale_type == 'stereo'
        data = sample.pred_depth_map.data
        assert data.dtype == torch.float32
        assert not data.requires_grad
        expected = F.interpolate(
            depth[index:index + 1], sample.ori_shape, mode='bilinear', align_corners=False)
        assert torch.equal(data, expected[0])


def test_predict_without_samples_makes_them(tiny):
    found = tiny().eval()(torch.rand(2, 3, 32, 64), mode='predict')
    assert [s.pred_depth_map.data.shape for s in found] == [(1, 32, 64)] * 2
    assert {s.scale_type for s in found} == {'unknown'}


def test_flip_augmentation_is_the_blend_of_two_predictions(tiny):
    images = torch.rand(2, 3, 32, 64)
    plain = tiny().eval()
    augmented = tiny(test_cfg=dict(flip_tta=True)).eval()
    augmented.load_state_dict(plain.state_dict())
    expected = blend_flipped(plain(images), plain(images.flip(-1)).flip(-1))
    expected = F.interpolate(expected, (32, 64), mode='bilinear', align_corners=False)
    found = torch.stack([s.pred_depth_map.data for s in augmented(images, mode='predict')])
    torch.testing.assert_close(found, expected)
    assert not torch.allclose(found[0], plain(images, mode='predict')[0].pred_depth_map.data)


def test_a_test_step_starts_from_bytes(tiny):
    estimator = tiny().eval()
    batch = packed_batch(offsets=(), ori_shape=(37, 124))
    images = torch.stack(batch['inputs'])[:, 0].float() / 255
    found = estimator.test_step(batch)
    assert [s.pred_depth_map.data.shape for s in found] == [(1, 37, 124)] * 2
    assert all('gt_depth_map' in s for s in found)
    expected = estimator(images, mode='predict')
    torch.testing.assert_close(
        F.interpolate(estimator(images), (37, 124), mode='bilinear')[1],
        found[1].pred_depth_map.data)
    assert len(expected) == 2


@pytest.mark.parametrize(('size', 'suggestion'), [
    ((30, 62), (64, 32)), ((33, 64), (64, 32)), ((32, 100), (96, 32)), ((10, 64), (64, 32))])
def test_sizes_must_be_multiples_of_the_stride(tiny, size, suggestion):
    height, width = size
    with pytest.raises(ValueError) as error:
        tiny()(torch.rand(1, 3, height, width))
    assert f'Got images of {width}x{height} (width x height)' in str(error.value)
    assert 'multiples of 32' in str(error.value)
    assert f'scale=({suggestion[0]}, {suggestion[1]})' in str(error.value)


def test_a_size_divisor_can_be_set(tiny):
    estimator = tiny(size_divisor=48)
    with pytest.raises(ValueError, match=r'multiples of 48.*scale=\(48, 48\)'):
        estimator(torch.rand(1, 3, 32, 64))


def test_images_too_small_for_the_queries(tiny):
    model = tiny_model()
    estimator = tiny(head=dict(model['head'], num_queries=40))
    with pytest.raises(ValueError, match=r'16x32.*= 32 patches.*num_queries=40'):
        estimator(torch.rand(1, 3, 32, 64))


def test_unknown_mode(tiny):
    with pytest.raises(ValueError, match=r"Unknown mode 'train'.*'tensor', 'predict', 'loss'"):
        tiny()(torch.rand(1, 3, 32, 64), mode='train')


def test_unknown_scale_type(tiny):
    with pytest.raises(ValueError, match=r"Unknown scale_type 'feet'.*'metric', 'stereo'"):
        tiny(scale_type='feet')


def test_a_neck_is_optional(tiny):
    model = tiny_model()
    estimator = tiny(neck=None, head=dict(
        model['head'], in_channels=6, patch_size=1, in_index=1, num_heads=2)).eval()
    assert estimator(torch.rand(1, 3, 32, 64)).shape == (1, 1, 4, 8)


@pytest.mark.parametrize('channels_last', [True, False])
def test_memory_format_does_not_change_the_depth(tiny, channels_last):
    images = torch.rand(1, 3, 32, 64)
    plain = tiny(channels_last=not channels_last).eval()
    other = tiny(channels_last=channels_last).eval()
    other.load_state_dict(plain.state_dict())
    torch.testing.assert_close(other(images), plain(images), rtol=1e-4, atol=1e-4)
    weight = other.neck.blocks[0].conv1.conv.weight
    assert weight.is_contiguous(memory_format=torch.channels_last) == channels_last


def test_caller_keeps_its_config(tiny):
    model, before = tiny_model(test_cfg=dict(flip_tta=True)), tiny_model(
        test_cfg=dict(flip_tta=True))
    from spidepth_mm.registry import MODELS
    estimator = MODELS.build(model)
    assert model == before
    estimator.test_cfg['flip_tta'] = False
    assert model == before


def test_the_base_has_no_training_of_its_own():
    assert 'loss' in BaseDepthEstimator.__abstractmethods__
