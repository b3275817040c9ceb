"""What travels beside the pixels."""

import pytest
import torch
from mmengine.structures import PixelData

from spidepth_mm.structures import DepthDataSample


def depth_map(value: float = 1.) -> PixelData:
    return PixelData(data=torch.full((1, 4, 6), value))


@pytest.mark.parametrize('name', ['gt_depth_map', 'pred_depth_map'])
def test_depth_maps_are_fields(name):
    sample = DepthDataSample()
    assert name not in sample
    setattr(sample, name, depth_map(3.))
    assert name in sample
    assert (getattr(sample, name).data == 3).all()
    delattr(sample, name)
    assert name not in sample


@pytest.mark.parametrize('name', ['gt_depth_map', 'pred_depth_map'])
def test_a_bare_tensor_is_refused(name):
    with pytest.raises(AssertionError, match='PixelData'):
        setattr(DepthDataSample(), name, torch.ones(1, 4, 6))


def test_depth_maps_follow_the_sample_to_a_dtype():
    sample = DepthDataSample(metainfo=dict(img_path='a.png'))
    sample.gt_depth_map = depth_map()
    half = sample.to(torch.float16)
    assert half.gt_depth_map.data.dtype == torch.float16
    assert half.img_path == 'a.png'
    assert sample.gt_depth_map.data.dtype == torch.float32


def test_metainfo_is_kept_apart_from_data():
    sample = DepthDataSample(metainfo=dict(ori_shape=(4, 6), frame_offsets=[-1, 1]))
    sample.pred_depth_map = depth_map()
    sample.set_metainfo(dict(scale_type='stereo'))
    assert set(sample.metainfo_keys()) == {'ori_shape', 'frame_offsets', 'scale_type'}
    assert sample.scale_type == 'stereo'
    assert sample.get('source_from_target') is None
