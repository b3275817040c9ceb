import os

import cv2
import numpy as np
import pytest
from miniatures import KITTI_SIZE, write_kitti
from PIL import Image

from spidepth_mm.datasets import DatasetNotFoundError, KITTIDataset, OutsideDataRootError
from spidepth_mm.datasets.converters.image_cache import encode
from spidepth_mm.datasets.converters.kitti_images import convert_kitti_images, resize_calibration
from spidepth_mm.datasets.splits import SplitEntry

DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'
LOAD = [dict(type='LoadFrames'), dict(type='ResizeFrames', scale=(64, 32)),
        dict(type='PackDepthInputs')]


@pytest.fixture
def root(tmp_path):
    return write_kitti(tmp_path / 'kitti', [(DRIVE, frame, side) for frame in range(5)
                                            for side in 'lr'])


def _convert(root, out, **kwargs):
    return [outcome.status for outcome in convert_kitti_images(
        str(root), str(out), progress=False, **kwargs)]


def test_jpeg_as_depth_papers_train_on(root, tmp_path):
    """Quality 92 and colours at half resolution, as ImageMagick's 2x2,1x1,1x1."""
    assert _convert(root, tmp_path / 'out', workers=2) == ['done'] * 10
    path = tmp_path / 'out' / DRIVE / 'image_02' / 'data' / '0000000003.jpg'
    with Image.open(path) as image:
        assert image.size == KITTI_SIZE
        assert [layer[1:3] for layer in image.layer] == [(2, 2), (1, 1), (1, 1)]
        tables = image.quantization
    reference = Image.fromarray(np.zeros((16, 16, 3), np.uint8))
    reference.save(tmp_path / 'q.jpg', quality=92)
    with Image.open(tmp_path / 'q.jpg') as image:
        assert image.quantization == tables


def test_smooth_images_stay_what_they_were():
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48))
    image = np.stack([x, y, 255 - x], axis=-1).astype(np.uint8)
    decoded = cv2.imdecode(np.frombuffer(encode(image, '.jpg', 92), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(decoded[..., ::-1].astype(int) - image).mean() < 1.5
    decoded = cv2.imdecode(np.frombuffer(encode(image, '.png', 92), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decoded[..., ::-1], image)


def test_the_copy_can_be_tested_on(root, tmp_path, split_file):
    """Same intrinsics, and the scans are linked, which a test has to allow."""
    _convert(root, tmp_path / 'out')
    path = split_file([f'{DRIVE} 2 l'])
    pipeline = [LOAD[0], dict(type='LoadDepthMap'), LOAD[2]]
    samples = [
        KITTIDataset(str(folder), ann_file=path, pipeline=pipeline, links_outside=links)[0][
            'data_samples']
        for folder, links in ((root, 'none'), (tmp_path / 'out', 'folders'))]
    np.testing.assert_array_equal(samples[0].cam2img, samples[1].cam2img)
    np.testing.assert_array_equal(samples[0].gt_depth_map.data, samples[1].gt_depth_map.data)
    assert os.path.islink(tmp_path / 'out' / DRIVE / 'velodyne_points')
    with pytest.raises(OutsideDataRootError, match="set links_outside='folders'"):
        KITTIDataset(str(tmp_path / 'out'), ann_file=path)
    assert len(KITTIDataset(str(tmp_path / 'out'), ann_file=path, ground_truth=None)) == 1


def test_resized_once_is_resized_when_loaded(root, tmp_path, split_file):
    """Images, intrinsics and baseline are the same to the bit, or to the rounding of a text."""
    assert _convert(root, tmp_path / 'out', scale=(64, 32), image_format='png') == ['done'] * 10
    path = split_file([f'{DRIVE} 2 l', f'{DRIVE} 2 r'])
    kwargs = dict(ann_file=path, frame_offsets=(-1, 1, 's'), ground_truth=None)
    plain = KITTIDataset(str(root), pipeline=LOAD, **kwargs)
    cached = KITTIDataset(str(tmp_path / 'out'), pipeline=[LOAD[0], LOAD[2]], **kwargs)
    for index in range(2):
        ours, expected = cached[index], plain[index]
        np.testing.assert_array_equal(ours['inputs'], expected['inputs'])
        for key in ('cam2img', 'source_from_target'):
            np.testing.assert_allclose(
                ours['data_samples'].get(key), expected['data_samples'].get(key), rtol=1e-9,
                atol=1e-9)
    assert not (tmp_path / 'out' / DRIVE / 'velodyne_points').exists()


def test_calibration_text(root):
    """fx' = s fx, cx' = (cx + 0.5) s - 0.5; other lines are kept."""
    path = root / '2011_09_26' / 'calib_cam_to_cam.txt'
    text = resize_calibration(str(path), KITTI_SIZE, (62, 74))
    old, new = path.read_text().splitlines(), text.splitlines()
    changed = [line.partition(':')[0] for line, other in zip(old, new) if line != other]
    assert changed == ['S_rect_02', 'P_rect_02', 'S_rect_03', 'P_rect_03']
    before, after = (np.array(lines[7].split()[1:], float).reshape(3, 4) for lines in (old, new))
    assert after[0, 0] == pytest.approx(before[0, 0] / 2)
    assert after[1, 1] == pytest.approx(before[1, 1] * 2)
    assert after[0, 2] == pytest.approx((before[0, 2] + 0.5) / 2 - 0.5)
    assert after[1, 2] == pytest.approx((before[1, 2] + 0.5) * 2 - 0.5)


def test_only_a_list_and_its_sources(root, tmp_path):
    statuses = _convert(root, tmp_path / 'out', entries=[SplitEntry(DRIVE, 4, 'l')],
                        frame_offsets=(-1, 1, 's'))
    assert sorted(statuses) == ['done', 'done', 'done', 'missing']  # there is no frame 5
    made = [path.parent.parent.name + path.stem[-2:]
            for path in sorted((tmp_path / 'out').rglob('*.jpg'))]
    assert made == ['image_0203', 'image_0204', 'image_0304']


def test_goes_on_where_it_was_stopped(root, tmp_path):
    _convert(root, tmp_path / 'out')
    path = tmp_path / 'out' / DRIVE / 'image_03' / 'data' / '0000000004.jpg'
    path.unlink()
    statuses = _convert(root, tmp_path / 'out')
    assert (statuses.count('skipped'), statuses.count('done')) == (9, 1)
    with pytest.raises(ValueError, match=r'was made with quality 92. Choose another folder'):
        _convert(root, tmp_path / 'out', quality=80)


def test_bad_sources(root, tmp_path, image_writer):
    folder = root / DRIVE / 'image_02' / 'data'
    path = folder / '0000000000.png'
    path.write_bytes(path.read_bytes()[:-20])
    image_writer(folder / '0000000003.png', size=(60, 20))
    outcomes = convert_kitti_images(str(root), str(tmp_path / 'out'), progress=False)
    notes = {os.path.basename(o.name): o.note for o in outcomes if o.status == 'failed'}
    assert notes['0000000000.png'].startswith('truncated')
    assert notes['0000000003.png'] == ('60x20 pixels, but the others of its calibration are '
                                       '124x37')
    assert not list((tmp_path / 'out').rglob('*.part'))


@pytest.mark.parametrize('kwargs, message', [
    (dict(image_format='webp'), "Unknown format 'webp'. Valid formats are jpg, png"),
    (dict(quality=0), r'quality must lie in \[1, 100\], but got 0'),
    (dict(scale=(64, 0)), r'scale must be a width and a height in pixels, but got \(64, 0\)'),
])
def test_refuses_unknown_values(root, tmp_path, kwargs, message):
    with pytest.raises(ValueError, match=message):
        _convert(root, tmp_path / 'out', **kwargs)
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('scale', [None, (64, 32)])
def test_calibration_without_a_camera_is_not_copied(root, tmp_path, scale):
    path = root / DRIVE.split('/')[0] / 'calib_cam_to_cam.txt'
    path.write_text(path.read_text().replace('P_rect_03', 'P_03'))
    with pytest.raises(ValueError, match=r'calib_cam_to_cam\.txt: calibration without P_rect_03'):
        _convert(root, tmp_path / 'out', scale=scale)
    assert not list((tmp_path / 'out').rglob('*.jpg'))


def test_wrong_folders(root, tmp_path):
    with pytest.raises(ValueError, match='a folder of its own'):
        _convert(root, root)
    with pytest.raises(DatasetNotFoundError, match='No image in'):
        _convert(tmp_path / 'none', tmp_path / 'out')
    (root / '2011_09_26' / 'calib_cam_to_cam.txt').unlink()
    with pytest.raises(DatasetNotFoundError, match=r'unpack 2011_09_26_calib.zip'):
        _convert(root, tmp_path / 'out')
