import cv2
import numpy as np
import pytest

from spidepth_mm.datasets import UnreadableImageError
from spidepth_mm.datasets.depth_io import write_depth_png
from spidepth_mm.datasets.transforms import (
    CropFrames,
    FlipFrames,
    LoadDepthMap,
    LoadDynamicMask,
    LoadFrames,
)


@pytest.fixture
def sample(tmp_path, image_writer):
    for seed, name in enumerate('abc'):
        image_writer(tmp_path / f'{name}.png', size=(12, 8), seed=seed)
    return dict(
        img_path=str(tmp_path / 'b.png'),
        source_paths=[str(tmp_path / 'a.png'), str(tmp_path / 'c.png')],
        frame_offsets=[-1, 1])


def test_frames_are_rgb_target_first(sample):
    results = LoadFrames()(sample)
    paths = [sample['img_path'], *sample['source_paths']]
    for frame, path in zip(results['frames'], paths):
        assert frame.dtype == np.uint8
        np.testing.assert_array_equal(frame, cv2.imread(path)[..., ::-1])
    assert results['ori_shape'] == results['img_shape'] == (8, 12)
    assert 'frames' not in sample


def test_frames_of_different_size(sample, image_writer, tmp_path):
    image_writer(tmp_path / 'c.png', size=(10, 8))
    with pytest.raises(ValueError, match=r'c.png: is 10x8 pixels, but its target .*b.png is 12x8'):
        LoadFrames()(sample)


def test_intrinsics_for_another_size(sample):
    sample['camera_size'] = (24, 16)
    with pytest.raises(ValueError, match=r'for images of 24x16 pixels, but .*b.png is 12x8'):
        LoadFrames()(sample)


def test_unreadable_frame(sample, tmp_path):
    (tmp_path / 'a.png').write_bytes(b'')
    with pytest.raises(UnreadableImageError, match=r'a.png: zero bytes'):
        LoadFrames()(sample)


def test_unknown_backend():
    with pytest.raises(ValueError, match=r"'gd'. Valid backends are cv2, pillow, turbojpeg"):
        LoadFrames(imdecode_backend='gd')


def test_depth_from_png(sample, tmp_path):
    depth = np.random.randint(0, 20000, (8, 12)).astype(np.float32) / 256
    write_depth_png(str(tmp_path / 'd.png'), depth)
    results = LoadDepthMap()(dict(sample, depth_map_path=str(tmp_path / 'd.png')))
    assert results['gt_depth_map'].dtype == np.float32
    np.testing.assert_array_equal(results['gt_depth_map'], depth)
    halved = LoadDepthMap(png_scale=512)(dict(sample, depth_map_path=str(tmp_path / 'd.png')))
    np.testing.assert_array_equal(halved['gt_depth_map'], depth / 2)


def test_depth_from_a_scan(sample, tmp_path):
    np.array([[10, 30, 20, 0]], np.float32).tofile(tmp_path / 's.bin')
    sample.update(
        depth_map_path=str(tmp_path / 's.bin'),
        # Camera z is half the scanner's x here.
        image_from_velodyne=np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [0.5, 0, 0, 0]]))
    with pytest.raises(ValueError, match=r'size \(from LoadFrames, before\)'):
        LoadDepthMap()(sample)
    for kind, value in (('velodyne_x', 10), ('camera_z', 5)):
        for loader, extra in ((LoadDepthMap(depth_kind=kind), {}),
                              (LoadDepthMap(), dict(depth_kind=kind))):
            depth = loader(LoadFrames()(dict(sample, **extra)))['gt_depth_map']
            assert depth.shape == (8, 12)
            assert np.argwhere(depth).tolist() == [[3, 5]]
            assert depth[3, 5] == value


def test_no_ground_truth(sample):
    assert 'gt_depth_map' not in LoadDepthMap()(sample)
    with pytest.raises(ValueError, match='require_depth=True'):
        LoadDepthMap(required=True)(sample)


def test_must_come_before_the_flip(sample):
    results = FlipFrames(0.0)(LoadFrames()(sample))
    with pytest.raises(ValueError, match='comes after FlipFrames'):
        LoadDepthMap()(results)


def test_refuses_unknown_options():
    with pytest.raises(ValueError, match='Valid kinds are velodyne_x, camera_z'):
        LoadDepthMap(depth_kind='z')
    with pytest.raises(ValueError, match='png_scale must be positive'):
        LoadDepthMap(png_scale=0)


def test_a_scan_is_projected_to_the_stored_image(sample, tmp_path):
    """Also after a crop, which changes what a prediction is made for."""
    np.array([[8, 24, 16, 0]], np.float32).tofile(tmp_path / 'scan.bin')
    sample.update(
        depth_map_path=str(tmp_path / 'scan.bin'),
        image_from_velodyne=np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]]))
    results = LoadDepthMap()(CropFrames(bottom=0.25, left=2)(LoadFrames()(sample)))
    assert results['ori_shape'] == (6, 10)
    assert results['gt_depth_map'].shape == results['stored_shape'] == (8, 12)
    assert results['gt_depth_map'][1, 2] == 8


def test_dynamic_mask(sample, tmp_path):
    mask = np.random.rand(8, 12) > 0.7
    cv2.imwrite(str(tmp_path / 'm.png'), mask * np.uint8(255))
    sample['dynamic_mask_path'] = str(tmp_path / 'm.png')
    loaded = LoadDynamicMask()(sample)['gt_dynamic_mask']
    assert loaded.dtype == bool
    np.testing.assert_array_equal(loaded, mask)
    with pytest.raises(ValueError, match='LoadDynamicMask comes after FlipFrames'):
        LoadDynamicMask()(FlipFrames(0.0)(LoadFrames()(sample)))
    (tmp_path / 'm.png').write_bytes((tmp_path / 'm.png').read_bytes()[:30])
    with pytest.raises(UnreadableImageError, match=r'm.png: truncated'):
        LoadDynamicMask()(sample)


def test_no_dynamic_mask(sample):
    assert 'gt_dynamic_mask' not in LoadDynamicMask()(sample)
