import cv2
import numpy as np
import pytest

from spidepth_mm.datasets import DatasetNotFoundError, ImageSequenceDataset
from spidepth_mm.datasets.image_sequence import natural_key

PIPELINE = [dict(type='LoadFrames'), dict(type='PackDepthInputs')]
K = [[50.0, 0, 30], [0, 50, 20], [0, 0, 1]]
SIZE = (64, 40)


@pytest.fixture
def images(tmp_path, image_writer):
    for number in range(8, 13):
        image_writer(tmp_path / 'images' / f'frame_{number}.jpg', size=SIZE, seed=number)
    (tmp_path / 'images' / 'notes.txt').write_text('no image')
    return tmp_path / 'images'


def _stem(path):
    return path.split('/')[-1].split('.')[0]


def test_natural_order():
    names = ['b2', 'a10', 'a9', 'a', '10', '9', 'a09', 'B1', '²']
    assert sorted(names, key=natural_key) == ['9', '10', 'a', 'a09', 'a9', 'a10', 'B1', 'b2', '²']


def test_samples_of_a_folder(images, logged):
    dataset = ImageSequenceDataset(str(images), cam2img=K, pipeline=PIPELINE)
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    assert [_stem(info['img_path']) for info in infos] == ['frame_9', 'frame_10', 'frame_11']
    assert [_stem(path) for path in infos[1]['source_paths']] == ['frame_9', 'frame_11']
    np.testing.assert_array_equal(infos[0]['cam2img'], K)
    assert dataset[0]['inputs'].shape == (3, 3, 40, 64)
    assert '2 of 5 samples lack a frame (0 the target, 2 a source' in logged[0]


def test_single_frames_in_test_mode(images):
    dataset = ImageSequenceDataset(str(images), cam2img=K, pipeline=PIPELINE, test_mode=True)
    assert len(dataset) == 5
    assert dataset[4]['inputs'].shape == (1, 3, 40, 64)


def test_a_list_of_targets(images, tmp_path):
    (images / 'val.txt').write_text('frame_11\nframe_9.jpg\n')
    for kwargs in (dict(split='val'), dict(ann_file='val.txt')):
        dataset = ImageSequenceDataset(str(images), cam2img=K, **kwargs)
        assert [_stem(dataset.get_data_info(index)['img_path']) for index in range(2)] == [
            'frame_11', 'frame_9']
    (images / 'val.txt').write_text('frame_11\nframe_99\n')
    with pytest.raises(DatasetNotFoundError, match=r'1 of 2 names in .*val.txt .*frame_99'):
        ImageSequenceDataset(str(images), cam2img=K, split='val')


def test_intrinsics_from_a_file_and_from_the_field_of_view(images):
    (images / 'K.txt').write_text('\n'.join(' '.join(map(str, row)) for row in K))
    for name in ('K.txt', str(images / 'K.txt')):
        info = ImageSequenceDataset(str(images), intrinsics_file=name).get_data_info(0)
        np.testing.assert_array_equal(info['cam2img'], K)
    info = ImageSequenceDataset(str(images), fov_deg=90).get_data_info(0)
    np.testing.assert_allclose(info['cam2img'], [[32, 0, 31.5], [0, 32, 19.5], [0, 0, 1]])


@pytest.mark.parametrize('kwargs, count', [({}, 'none'), (dict(fov_deg=60, cam2img=K), 'several')])
def test_missing_intrinsics(images, kwargs, count):
    with pytest.raises(ValueError, match=f'needs the camera: {count} of cam2img .* exactly one'):
        ImageSequenceDataset(str(images), **kwargs)


def test_intrinsics_for_another_size(images, image_writer):
    double = [[100.0, 0, 60.5], [0, 100, 40.5], [0, 0, 1]]
    with pytest.raises(ValueError, match=r'outside the 64x40 pixels of .*frame_8.jpg'):
        ImageSequenceDataset(str(images), cam2img=double)
    with pytest.raises(ValueError, match=r'128x80 pixels, but .* is 64x40.* pass cam2img=\[\[50.0'):
        ImageSequenceDataset(str(images), cam2img=double, camera_size=(128, 80))
    assert len(ImageSequenceDataset(str(images), cam2img=K, camera_size=SIZE)) == 3
    # One image of another size among the others.
    image_writer(images / 'frame_10.jpg', size=(32, 20))
    dataset = ImageSequenceDataset(
        str(images), cam2img=K, frame_offsets=(), pipeline=PIPELINE)
    with pytest.raises(ValueError, match=r'images of 64x40 pixels, but .*frame_10.jpg is 32x20'):
        dataset[2]


def test_an_unreadable_first_image_does_not_hide_the_size(images):
    (images / 'frame_8.jpg').write_bytes(b'')
    assert ImageSequenceDataset(str(images), cam2img=K).get_data_info(0)['camera_size'] == SIZE


def test_no_stereo_partner(images):
    with pytest.raises(ValueError, match='no stereo partner'):
        ImageSequenceDataset(str(images), cam2img=K, frame_offsets=(-1, 's'))


def test_wrong_places(images, tmp_path):
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DatasetNotFoundError, match='No images in it'):
        ImageSequenceDataset(str(tmp_path / 'empty'), cam2img=K)
    with pytest.raises(DatasetNotFoundError, match='no such folder'):
        ImageSequenceDataset(str(tmp_path / 'none'), cam2img=K)
    with pytest.raises(DatasetNotFoundError, match='none of the known kinds of video'):
        ImageSequenceDataset(str(images / 'notes.txt'), cam2img=K)


def test_a_video(tmp_path, logged):
    video = tmp_path / 'street.avi'
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter_fourcc(*'MJPG'), 10, SIZE)
    if not writer.isOpened():
        pytest.skip('this build of OpenCV cannot write a video')
    for value in range(0, 60, 10):
        writer.write(np.full((SIZE[1], SIZE[0], 3), value, np.uint8))
    writer.release()
    dataset = ImageSequenceDataset(
        str(video), cam2img=K, frame_offsets=(-1, 1), pipeline=PIPELINE,
        cache_dir=str(tmp_path / 'frames'))
    assert len(dataset) == 4
    frames = dataset[0]['inputs'].float().mean(dim=(1, 2, 3))
    np.testing.assert_allclose(frames.numpy(), [10, 0, 20], atol=4)
