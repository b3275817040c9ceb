import copy

import cv2
import numpy as np
import pytest
from PIL import Image

from spidepth_mm.datasets.transforms import CropFrames, FlipFrames, ResizeFrames
from spidepth_mm.datasets.transforms.geometric import resize_depth

WIDTH, HEIGHT = 60, 40


@pytest.fixture
def sample():
    cam2img = np.array([[50.0, 0.5, 31], [0, 52, 18], [0, 0, 1]])
    source_from_target = np.eye(4)
    source_from_target[:3, :3] = cv2.Rodrigues(np.array([0.1, 0.2, -0.05]))[0]
    source_from_target[:3, 3] = [-0.5, 0.02, 0.1]
    depth = np.random.uniform(2, 80, (HEIGHT, WIDTH)).astype(np.float32)
    depth[np.random.rand(HEIGHT, WIDTH) < 0.7] = 0
    return dict(
        frames=[np.random.randint(0, 256, (HEIGHT, WIDTH, 3), np.uint8) for _ in range(3)],
        img_shape=(HEIGHT, WIDTH),
        ori_shape=(HEIGHT, WIDTH),
        cam2img=cam2img,
        source_from_target=source_from_target,
        gt_depth_map=depth)


def _project(cam2img, point):
    u, v, w = cam2img @ point
    return np.array([u / w, v / w])


@pytest.mark.parametrize('transform', [
    ResizeFrames((32, 16)), FlipFrames(1.0), FlipFrames(0.0), CropFrames(bottom=0.25, left=3)])
def test_does_not_touch_what_it_is_given(sample, transform):
    before = copy.deepcopy(sample)
    arrays = {key: value for key, value in sample.items() if isinstance(value, np.ndarray)}
    transform(sample)
    assert sample.keys() == before.keys()
    for key in arrays:
        assert sample[key] is arrays[key]
        np.testing.assert_array_equal(sample[key], before[key])
    for frame, frame_before in zip(sample['frames'], before['frames']):
        np.testing.assert_array_equal(frame, frame_before)


class TestResizeFrames:

    def test_sizes_and_intrinsics(self, sample):
        results = ResizeFrames((30, 10))(sample)
        assert [frame.shape for frame in results['frames']] == [(10, 30, 3)] * 3
        assert results['img_shape'] == (10, 30)
        assert results['ori_shape'] == (HEIGHT, WIDTH)
        np.testing.assert_allclose(
            results['cam2img'],
            [[25, 0.25, (31 + 0.5) / 2 - 0.5], [0, 13, (18 + 0.5) / 4 - 0.5], [0, 0, 1]])
        np.testing.assert_array_equal(results['source_from_target'], sample['source_from_target'])

    def test_there_and_back(self, sample):
        back = ResizeFrames((WIDTH, HEIGHT))(ResizeFrames((96, 32))(sample))
        np.testing.assert_allclose(back['cam2img'], sample['cam2img'], rtol=1e-12)

    @pytest.mark.parametrize(
        'interpolation', ['auto', 'antialias', 'area', 'linear', 'cubic', 'lanczos'])
    @pytest.mark.parametrize('scale', [(48, 20), (37, 23), (60, 40), (90, 64)])
    def test_pixels_move_as_the_intrinsics_say(self, interpolation, scale):
        # A ramp: each pixel's value tells where in the old image it comes from.
        ramp = np.tile(np.arange(WIDTH, dtype=np.uint8)[:, None] * 4, (HEIGHT, 1, 3))
        new = ResizeFrames(scale, interpolation)(dict(frames=[ramp]))['frames'][0]
        factor = scale[0] / WIDTH
        cols = np.arange(4, scale[0] - 4)
        old_cols = (cols + 0.5) / factor - 0.5
        # Within rounding of the values, and cv2.resize's coefficients of 1/2048.
        np.testing.assert_allclose(new[scale[1] // 2, cols, 0] / 4, old_cols, atol=0.2)

    def test_shrinking_does_not_alias(self):
        # Stripes finer than the new grid must average out.
        stripes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        stripes[:, ::2] = 200
        sample = dict(frames=[stripes])
        smooth = ResizeFrames((26, 17))(sample)['frames'][0]
        aliased = ResizeFrames((26, 17), 'linear')(sample)['frames'][0]
        assert smooth[:, 1:-1].std() < 0.35 * aliased[:, 1:-1].std()

    @pytest.mark.parametrize('scale', [(26, 17), (37, 40), (90, 64)])
    def test_antialias_is_pillows_bicubic(self, sample, scale):
        frame = sample['frames'][0]
        found = ResizeFrames(scale, 'antialias')(dict(frames=[frame]))['frames'][0]
        expected = np.asarray(Image.fromarray(frame).resize(scale, Image.BICUBIC))
        # Both round, PyTorch once, Pillow after each direction.
        assert np.abs(found.astype(int) - expected).max() <= 1
        assert found.flags.c_contiguous

    def test_sparse_depth_is_copied_never_blended(self, sample):
        results = ResizeFrames((31, 17))(sample)
        depth = results['gt_depth_map']
        assert depth.shape == (17, 31)
        assert depth.dtype == np.float32
        assert set(depth.ravel()) <= set(sample['gt_depth_map'].ravel())
        assert (depth > 0).any()

    def test_depth_follows_its_pixel(self):
        depth = np.zeros((4, 6), np.float32)
        depth[1, 4] = 7
        block = np.argwhere(resize_depth(depth, (18, 12)) == 7)
        assert (block.min(0).tolist(), block.max(0).tolist()) == ([3, 12], [5, 14])
        np.testing.assert_array_equal(resize_depth(depth, (2, 4)), depth[:, [1, 4]])

    def test_depth_may_be_absent(self, sample):
        del sample['gt_depth_map'], sample['cam2img'], sample['source_from_target']
        assert ResizeFrames((30, 20))(sample)['frames'][0].shape == (20, 30, 3)

    @pytest.mark.parametrize('scale', [(320, ), (320, 0), (3.5, 2), (1, 2, 3)])
    def test_refuses_other_scales(self, scale):
        with pytest.raises(ValueError, match=r'scale must be \(W, H\) in whole pixels'):
            ResizeFrames(scale)

    def test_unknown_interpolation(self):
        with pytest.raises(ValueError, match='Valid interpolations are auto, antialias, '):
            ResizeFrames((320, 96), interpolation='bilinear')


class TestFlipFrames:

    def test_pixels_depth_and_flag(self, sample):
        results = FlipFrames(1.0)(sample)
        for new, old in zip(results['frames'], sample['frames']):
            np.testing.assert_array_equal(new, old[:, ::-1])
            assert new.flags.c_contiguous
        np.testing.assert_array_equal(results['gt_depth_map'], sample['gt_depth_map'][:, ::-1])
        assert results['flip'] is True
        assert FlipFrames(0.0)(sample)['flip'] is False

    def test_mirrored_points_land_on_mirrored_pixels(self, sample):
        results = FlipFrames(1.0)(sample)
        point = np.array([1.2, -0.7, 9.0])
        mirrored = point * [-1, 1, 1]
        u, v = _project(sample['cam2img'], point)
        np.testing.assert_allclose(_project(results['cam2img'], mirrored), [WIDTH - 1 - u, v])
        # The same in the source.
        in_source = (sample['source_from_target'] @ np.append(point, 1))[:3]
        in_mirrored_source = (results['source_from_target'] @ np.append(mirrored, 1))[:3]
        u, v = _project(sample['cam2img'], in_source)
        np.testing.assert_allclose(
            _project(results['cam2img'], in_mirrored_source), [WIDTH - 1 - u, v])

    def test_known_poses_stay_consistent(self, sample):
        world_from_target = np.linalg.inv(sample['source_from_target'])  # the source is the world
        results = FlipFrames(1.0)(dict(sample, world_from_target=world_from_target))
        np.testing.assert_allclose(
            results['source_from_target'] @ results['world_from_target'], np.eye(4), atol=1e-12)

    def test_twice_is_nothing(self, sample):
        results = FlipFrames(1.0)(FlipFrames(1.0)(sample))
        assert results['flip'] is False
        for key in ('cam2img', 'source_from_target', 'gt_depth_map', 'frames'):
            np.testing.assert_array_equal(results[key], sample[key])

    def test_draws_from_numpys_generator(self, sample):
        transform = FlipFrames(0.3)
        np.random.seed(5)
        first = [transform(sample)['flip'] for _ in range(200)]
        np.random.seed(5)
        assert first == [transform(sample)['flip'] for _ in range(200)]
        assert 35 < sum(first) < 85

    def test_refuses_other_probabilities(self):
        with pytest.raises(ValueError, match=r'prob must lie in \[0, 1\], but got 2'):
            FlipFrames(2)


class TestCropFrames:

    def test_pixels_and_intrinsics(self, sample):
        results = CropFrames(top=2, bottom=0.25, left=0.1, right=5)(sample)
        for new, old in zip(results['frames'], sample['frames']):
            np.testing.assert_array_equal(new, old[2:30, 6:55])
        np.testing.assert_array_equal(results['gt_depth_map'], sample['gt_depth_map'][2:30, 6:55])
        assert results['img_shape'] == (28, 49)
        np.testing.assert_allclose(results['cam2img'], [[50, 0.5, 25], [0, 52, 16], [0, 0, 1]])

    def test_commutes_with_resizing(self, sample):
        del sample['gt_depth_map']
        first = ResizeFrames((30, 15))(CropFrames(bottom=0.25)(sample))
        second = CropFrames(bottom=0.25)(ResizeFrames((30, 20))(sample))
        np.testing.assert_allclose(first['cam2img'], second['cam2img'])

    def test_depth_of_another_size(self, sample):
        sample['gt_depth_map'] = np.zeros((80, 120), np.float32)
        with pytest.raises(ValueError, match='ground truth is 120x80 and the frames are 60x40'):
            CropFrames(top=1)(sample)

    def test_refuses_to_crop_everything(self, sample):
        with pytest.raises(ValueError, match='Nothing is left'):
            CropFrames(top=20, bottom=0.5)(sample)

    @pytest.mark.parametrize('margin', [-1, 1.0, 2.5])
    def test_refuses_other_margins(self, margin):
        with pytest.raises(ValueError, match=r'left must be whole pixels >= 0 or a fraction'):
            CropFrames(left=margin)


def test_a_crop_is_what_a_prediction_is_made_for(sample):
    del sample['gt_depth_map']  # loaded afterwards, whole
    cropped = CropFrames(bottom=0.25, left=4)(sample)
    assert cropped['ori_shape'] == cropped['img_shape'] == (30, 56)
    resized_before = CropFrames(bottom=0.25)(ResizeFrames((30, 20))(sample))
    assert resized_before['img_shape'] == (15, 30)
    assert resized_before['ori_shape'] == (30, 60)
