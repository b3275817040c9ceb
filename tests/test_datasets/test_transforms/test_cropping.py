import numpy as np
import pytest

from spidepth_mm.datasets.transforms import (
    CropFrames,
    KBCrop,
    LoadDepthMap,
    PackDepthInputs,
    RandomCropFrames,
    ResizeFrames,
)

POINT = np.array([0.3, 0.4, 5.0])


def kitti_sample(height=375, width=1242, depth=True):
    """Each pixel's colour tells its row (two bytes) and column modulo 256."""
    rows, cols = np.mgrid[:height, :width]
    frame = np.stack([rows // 256, rows % 256, cols % 256], -1).astype(np.uint8)
    sample = dict(
        img_path='a.png', frames=[frame, 255 - frame], img_shape=(height, width),
        ori_shape=(height, width),
        cam2img=np.array([[721.5, 0, 609.6], [0, 721.5, 172.9], [0, 0, 1]]))
    if depth:
        sample['gt_depth_map'] = (rows * 2000 + cols).astype(np.float32)
    return sample


def pixel(cam2img, point=POINT):
    u, v, w = cam2img @ point
    return np.array([u / w, v / w])


@pytest.mark.parametrize('shape, top, left', [
    ((375, 1242), 23, 13), ((370, 1224), 18, 4), ((376, 1241), 24, 12), ((352, 1216), 0, 0)])
def test_benchmark_crop_is_at_the_bottom_and_centred(shape, top, left):
    before = kitti_sample(*shape)
    after = KBCrop()(before)
    assert [frame.shape for frame in after['frames']] == [(352, 1216, 3)] * 2
    assert after['img_shape'] == after['ori_shape'] == (352, 1216)
    for old, new in zip(before['frames'], after['frames']):
        np.testing.assert_array_equal(new, old[top:top + 352, left:left + 1216])
    np.testing.assert_array_equal(
        after['gt_depth_map'], before['gt_depth_map'][-352:, left:left + 1216])
    np.testing.assert_allclose(
        pixel(after['cam2img']), pixel(before['cam2img']) - (left, top))


def test_cropping_changes_nothing_that_it_was_given():
    before = kitti_sample()
    copies = dict(before, frames=[f.copy() for f in before['frames']],
                  cam2img=before['cam2img'].copy())
    for transform in (KBCrop(), RandomCropFrames((32, 16))):
        transform(before)
        np.testing.assert_array_equal(before['cam2img'], copies['cam2img'])
        np.testing.assert_array_equal(before['frames'], copies['frames'])
        assert before['gt_depth_map'].shape == (375, 1242) and 'moved_by' not in before


def test_random_crop_moves_frames_depth_and_camera_together():
    before, corners = kitti_sample(40, 60), set()
    for _ in range(200):
        after = RandomCropFrames((58, 38))(before)
        top, left = divmod(int(after['gt_depth_map'][0, 0]), 2000)
        corners.add((top, left))
        for old, new in zip(before['frames'], after['frames']):
            np.testing.assert_array_equal(new, old[top:top + 38, left:left + 58])
        np.testing.assert_array_equal(
            after['gt_depth_map'], before['gt_depth_map'][top:top + 38, left:left + 58])
        np.testing.assert_allclose(
            pixel(after['cam2img']), pixel(before['cam2img']) - (left, top))
    # All windows, the outermost too.
    assert corners == {(top, left) for top in range(3) for left in range(3)}


def test_a_seed_repeats_a_random_crop():
    crops = []
    for _ in range(2):
        np.random.seed(7)
        crops.append(RandomCropFrames((20, 10))(kitti_sample())['gt_depth_map'])
    np.testing.assert_array_equal(*crops)


def test_crop_for_testing_says_how_to_put_it_back():
    sample = kitti_sample(depth=False)
    after = ResizeFrames((64, 32))(KBCrop(restore=True)(sample))
    assert after['ori_shape'] == (375, 1242) and after['img_shape'] == (32, 64)
    assert PackDepthInputs()(after)['data_samples'].crop_window == (23, 13, 352, 1216)
    np.testing.assert_array_equal(
        KBCrop(restore=True)(sample)['frames'], KBCrop()(sample)['frames'])
    # Whole ground truth may be loaded afterwards.
    assert LoadDepthMap()(after) is after
    with pytest.raises(ValueError, match='Put it before, or train with restore=False'):
        KBCrop(restore=True)(kitti_sample())
    with pytest.raises(ValueError, match='must come before ResizeFrames'):
        KBCrop(restore=True)(CropFrames(top=3)(ResizeFrames((1300, 400))(sample)))


@pytest.mark.parametrize('transform', [KBCrop(), RandomCropFrames((64, 32))])
def test_ground_truth_loaded_too_late_is_refused(transform):
    moved = transform(kitti_sample(depth=False))
    with pytest.raises(ValueError, match=f'after {type(transform).__name__}.*Put it before'):
        LoadDepthMap()(moved)
    if isinstance(transform, RandomCropFrames):
        with pytest.raises(ValueError, match='after RandomCropFrames'):
            LoadDepthMap()(KBCrop(size=(32, 16), restore=True)(moved))


@pytest.mark.parametrize('transform', [KBCrop(), RandomCropFrames((1216, 352))])
def test_bad_input_is_explained(transform):
    with pytest.raises(ValueError, match=r'a.png has 1200x375.*smaller size'):
        transform(kitti_sample(375, 1200))
    with pytest.raises(ValueError, match=r'375x1242|1242x375.*before ResizeFrames'):
        transform(dict(kitti_sample(376, 1241), gt_depth_map=np.ones((375, 1242))))
    with pytest.raises(ValueError, match='size must be'):
        type(transform)(size=(0, 3))
