"""Batch, device, colour jitter, normalisation."""

import copy

import numpy as np
import pytest
import torch
from tiny import packed_batch

JITTER = dict(prob=1., brightness=0.4, contrast=0.4, saturation=0.4, hue=0.2)


def process(preprocessor, batch, training=True):
    return preprocessor(copy.deepcopy(batch), training)


def test_training_inputs(build):
    batch = packed_batch(batch=3)
    data = process(build('DepthDataPreprocessor'), batch)
    inputs = data['inputs']
    assert set(inputs) == {'frames', 'net_frames', 'cam2img', 'source_from_target'}
    assert inputs['frames'].shape == (3, 4, 3, 32, 64)
    assert inputs['cam2img'].shape == (3, 3, 3)
    assert inputs['source_from_target'].shape == (3, 4, 4)
    assert {tensor.dtype for tensor in inputs.values()} == {torch.float32}
    assert [s.img_path for s in data['data_samples']] == [
        s.img_path for s in batch['data_samples']]
    np.testing.assert_allclose(
        inputs['cam2img'][1], batch['data_samples'][1].cam2img.astype(np.float32))
    np.testing.assert_allclose(inputs['source_from_target'][2][0], [1, 0, 0, -0.5])


def test_bytes_become_the_unit_range(build):
    batch = packed_batch(batch=1)
    batch['inputs'][0][:, :, 0, 0], batch['inputs'][0][:, :, 0, 1] = 0, 255
    frames = process(build('DepthDataPreprocessor'), batch)['inputs']['frames']
    assert (frames[..., 0, 0] == 0).all()
    assert (frames[..., 0, 1] == 1).all()
    torch.testing.assert_close(frames[0], batch['inputs'][0].float() / 255)


def test_only_the_nets_copy_is_normalised(build):
    batch = packed_batch()
    mean, std = (0.45, 0.4, 0.5), (0.225, 0.2, 0.25)
    inputs = process(build('DepthDataPreprocessor', mean=mean, std=std), batch)['inputs']
    clean = torch.stack(batch['inputs']).float() / 255
    torch.testing.assert_close(inputs['frames'], clean)
    for channel in range(3):
        torch.testing.assert_close(
            inputs['net_frames'][:, :, channel],
            (clean[:, :, channel] - mean[channel]) / std[channel])


def test_testing_gives_the_normalised_target(build):
    batch = packed_batch()
    preprocessor = build(
        'DepthDataPreprocessor', mean=(0.5, ) * 3, std=(0.25, ) * 3, color_jitter=JITTER)
    data = process(preprocessor, batch, training=False)
    targets = torch.stack(batch['inputs'])[:, 0].float() / 255
    torch.testing.assert_close(data['inputs'], (targets - 0.5) / 0.25)


def test_an_image_without_sources_will_do(build):
    image = torch.randint(0, 256, (3, 32, 64), dtype=torch.uint8)
    data = build('DepthDataPreprocessor')(dict(inputs=[image]), False)
    torch.testing.assert_close(data['inputs'], image[None].float() / 255)
    assert data['data_samples'] is None


def same_frames(batch=4):
    """A batch in which every frame of every sample is the same picture."""
    data = packed_batch(batch)
    data['inputs'] = [data['inputs'][0][:1].expand(4, -1, -1, -1).clone()] * batch
    return data


def test_one_draw_of_jitter_for_all_frames_of_a_sample(build):
    inputs = process(build('DepthDataPreprocessor', color_jitter=JITTER), same_frames())['inputs']
    seen = inputs['net_frames']
    for sample in seen:
        for frame in sample[1:]:
            assert torch.equal(frame, sample[0])
        assert not torch.allclose(sample[0], inputs['frames'][0, 0], atol=1e-2)
    # Another draw for another sample.
    for other in seen[1:]:
        assert not torch.allclose(other, seen[0], atol=1e-3)


def test_the_clean_frames_are_not_jittered(build):
    batch = packed_batch()
    inputs = process(build('DepthDataPreprocessor', color_jitter=JITTER), batch)['inputs']
    torch.testing.assert_close(inputs['frames'], torch.stack(batch['inputs']).float() / 255)
    assert inputs['net_frames'].min() >= 0
    assert inputs['net_frames'].max() <= 1


@pytest.mark.parametrize('prob', [0., 0.5])
def test_the_share_of_jittered_samples(build, prob):
    batch = same_frames(batch=40)
    batch['inputs'] = [frames[:, :, :2, :2] for frames in batch['inputs']]
    jitter = dict(JITTER, prob=prob)
    inputs = process(build('DepthDataPreprocessor', color_jitter=jitter), batch)['inputs']
    changed = (inputs['net_frames'] != inputs['frames']).flatten(1).any(1)
    assert changed.float().mean().item() == pytest.approx(prob, abs=0.25)


def test_jitter_follows_the_seed(build):
    batch, preprocessor = same_frames(), build('DepthDataPreprocessor', color_jitter=JITTER)
    runs = []
    for _ in range(2):
        torch.manual_seed(3)
        runs.append(process(preprocessor, batch)['inputs']['net_frames'])
    assert torch.equal(*runs)


def test_caller_keeps_its_jitter_config(build):
    jitter = dict(JITTER)
    build('DepthDataPreprocessor', color_jitter=jitter)
    assert jitter == JITTER


def test_images_of_several_sizes(build):
    batch = packed_batch(2)
    batch['inputs'][1] = batch['inputs'][1][..., :32]
    with pytest.raises(ValueError, match=r'\(4, 3, 32, 32\), \(4, 3, 32, 64\).*'
                                         r'000000\.png.*000001\.png.*ResizeFrames'):
        process(build('DepthDataPreprocessor'), batch)


def test_missing_cameras_are_left_out(build):
    batch = packed_batch(offsets=(-1, 1), cam2img=None)
    inputs = process(build('DepthDataPreprocessor'), batch)['inputs']
    assert set(inputs) == {'frames', 'net_frames'}


def test_mean_and_std_are_no_weights(build):
    assert not build('DepthDataPreprocessor').state_dict()
