import numpy as np
import torch

from spidepth_mm.datasets.transforms import PackDepthInputs
from spidepth_mm.structures import DepthDataSample


def test_packs_frames_depth_and_metainfo():
    frames = [np.random.randint(0, 256, (4, 6, 3), np.uint8) for _ in range(3)]
    depth = np.random.rand(5, 7).astype(np.float32)
    results = dict(
        img_path='b.png', source_paths=['a.png', 'c.png'], frame_offsets=[-1, 's'],
        ori_shape=(8, 12), img_shape=(4, 6), cam2img=np.eye(3), source_from_target=np.eye(4),
        flip=True, sample_idx=3, frames=frames, gt_depth_map=depth, other='not kept')
    packed = PackDepthInputs()(results)

    assert set(packed) == {'inputs', 'data_samples'}
    assert packed['inputs'].shape == (3, 3, 4, 6)
    assert packed['inputs'].dtype == torch.uint8
    assert packed['inputs'].is_contiguous()
    for tensor, frame in zip(packed['inputs'], frames):
        np.testing.assert_array_equal(tensor.permute(1, 2, 0).numpy(), frame)

    sample = packed['data_samples']
    assert isinstance(sample, DepthDataSample)
    assert sample.gt_depth_map.data.shape == (1, 5, 7)
    assert sample.gt_depth_map.data.dtype == torch.float32
    np.testing.assert_array_equal(sample.gt_depth_map.data[0].numpy(), depth)
    assert set(sample.metainfo_keys()) == {
        'img_path', 'source_paths', 'frame_offsets', 'ori_shape', 'img_shape', 'cam2img',
        'source_from_target', 'flip', 'sample_idx'}
    assert sample.frame_offsets == [-1, 's']


def test_what_is_absent_stays_absent():
    packed = PackDepthInputs(meta_keys=('img_path', 'cam2img'))(
        dict(img_path='a.png', flip=False, frames=[np.zeros((4, 6, 3), np.uint8)]))
    assert packed['inputs'].shape == (1, 3, 4, 6)
    assert 'gt_depth_map' not in packed['data_samples']
    assert packed['data_samples'].metainfo_keys() == ['img_path']


def test_the_tensor_is_its_own():
    # Samples of one dataset may share arrays; a batch must not.
    frame, depth = np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6), np.float32)
    packed = PackDepthInputs()(dict(frames=[frame], gt_depth_map=depth))
    packed['inputs'] += 1
    packed['data_samples'].gt_depth_map.data += 1
    assert not frame.any()
    assert not depth.any()


def test_packs_a_dynamic_mask():
    mask = np.arange(12).reshape(3, 4) % 5 == 0
    sample = PackDepthInputs()(
        dict(frames=[np.zeros((4, 6, 3), np.uint8)], gt_dynamic_mask=mask))['data_samples']
    assert sample.gt_dynamic_mask.data.dtype == torch.bool
    np.testing.assert_array_equal(sample.gt_dynamic_mask.data[0].numpy(), mask)
