import os
import shutil

import numpy as np
import pytest

from spidepth_mm.datasets import DatasetNotFoundError, KITTIDataset, MissingFramesError
from spidepth_mm.datasets.depth_io import write_depth_png

PIPELINE = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(64, 32)),
    dict(type='LoadDepthMap'),
    dict(type='PackDepthInputs'),
]


@pytest.fixture
def one_frame(split_file, drive):
    return split_file([f'{drive.entry} 2 l'])


def _names(info):
    return ['/'.join(path.split('/')[-3:]) for path in (info['img_path'], *info['source_paths'])]


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_both_sides_and_either_format(kitti_raw, split_file, drive, suffix):
    root = str(kitti_raw(suffix=suffix))
    lines = [f'{drive.entry} 2 l', f'{drive.entry} 0000000003 r']
    dataset = KITTIDataset(root, ann_file=split_file(lines), frame_offsets=(0, -1, 1, 's'))
    left, right = dataset.get_data_info(0), dataset.get_data_info(1)
    assert _names(left) == [f'image_{camera}/data/{frame:010d}{suffix}' for camera, frame in (
        ('02', 2), ('02', 1), ('02', 3), ('03', 2))]
    assert _names(right) == [f'image_{camera}/data/{frame:010d}{suffix}' for camera, frame in (
        ('03', 3), ('03', 2), ('03', 4), ('02', 3))]
    np.testing.assert_array_equal(left['cam2img'], [[72, 0, 61], [0, 72, 18], [0, 0, 1]])
    # (4.32 + 34.56) / 72 = 0.54 m between the cameras.
    assert left['source_from_target'][0, 3] == pytest.approx(-0.54)
    assert right['source_from_target'][0, 3] == pytest.approx(0.54)


def test_the_day_may_be_left_out(kitti_raw, split_file, drive):
    dataset = KITTIDataset(str(kitti_raw()), ann_file=split_file([f'{drive.name} 2 l']))
    assert drive.entry in dataset.get_data_info(0)['img_path']


@pytest.mark.parametrize('kind, metres', [('velodyne_x', (10, 20)), ('camera_z', (9.7, 19.7))])
def test_ground_truth_from_scans(kitti_raw, one_frame, kind, metres):
    dataset = KITTIDataset(str(kitti_raw()), ann_file=one_frame, frame_offsets=(),
                           depth_kind=kind, pipeline=PIPELINE, test_mode=True)
    sample = dataset[0]['data_samples']
    depth = sample.gt_depth_map.data
    assert depth.shape == (1, 37, 124)
    np.testing.assert_allclose(sorted(depth[depth > 0].tolist()), metres, rtol=1e-6)
    assert sample.depth_kind == kind
    # The nearer point: 72 * 0 / 9.7 + 61 + 4.32 / 9.7 = 61.4 is column 61 - 1.
    assert depth[0, 17, 60] == pytest.approx(metres[0])


def test_annotated_ground_truth_beside_the_images(kitti_raw, one_frame, drive):
    root = kitti_raw()
    folder = root / drive.date / drive.name / 'proj_depth' / 'groundtruth' / 'image_02'
    folder.mkdir(parents=True)
    write_depth_png(str(folder / '0000000002.png'), np.full((37, 124), 33.25))
    dataset = KITTIDataset(str(root), ann_file=one_frame, frame_offsets=(),
                           ground_truth='annotated', pipeline=PIPELINE)
    assert (dataset[0]['data_samples'].gt_depth_map.data == 33.25).all()


@pytest.mark.parametrize('part', ['train', 'val'])
def test_annotated_ground_truth_in_its_archive(kitti_raw, one_frame, drive, tmp_path, part):
    folder = tmp_path / 'depth' / part / drive.name / 'proj_depth' / 'groundtruth' / 'image_02'
    folder.mkdir(parents=True)
    write_depth_png(str(folder / '0000000002.png'), np.full((37, 124), 33.25))
    kwargs = dict(data_root=str(kitti_raw()), ann_file=one_frame, frame_offsets=(),
                  ground_truth='annotated')
    dataset = KITTIDataset(depth_root=str(tmp_path / 'depth'), **kwargs)
    assert dataset.get_data_info(0)['depth_map_path'] == str(folder / '0000000002.png')
    with pytest.raises(DatasetNotFoundError, match=f"They lie in '{tmp_path}/depth': give that."):
        KITTIDataset(depth_root=str(tmp_path / 'depth' / part), **kwargs)


def test_ground_truth_may_be_left_alone(kitti_raw, one_frame):
    kwargs = dict(data_root=str(kitti_raw()), ann_file=one_frame, frame_offsets=())
    assert 'depth_map_path' not in KITTIDataset(ground_truth=None, **kwargs).get_data_info(0)
    assert 'depth_map_path' not in KITTIDataset(ground_truth='annotated', **kwargs).get_data_info(0)


def test_samples_without_ground_truth(kitti_raw, split_file, drive, logged):
    root = kitti_raw()
    (root / drive.date / drive.name / 'velodyne_points' / 'data' / '0000000003.bin').unlink()
    kwargs = dict(data_root=str(root), frame_offsets=(), test_mode=True,
                  ann_file=split_file([f'{drive.entry} {frame} l' for frame in (2, 3)]))
    assert len(KITTIDataset(**kwargs)) == 2
    assert '1 of 2 samples have ground truth; all are kept' in logged[0]
    assert len(KITTIDataset(require_depth=True, **kwargs)) == 1
    shutil.rmtree(root / drive.date / drive.name / 'velodyne_points')
    with pytest.raises(MissingFramesError, match=r'none of 2 images has ground truth .*velodyne.*'
                       r'`python tools/dataset_converters/kitti.py check` lists what is missing'):
        KITTIDataset(**kwargs)
    assert len(KITTIDataset(ground_truth=None, **kwargs)) == 2


def test_absent_drives_are_dropped_in_training(kitti_raw, logged):
    root = kitti_raw(range(50, 70))
    dataset = KITTIDataset(str(root), split='eigen_zhou_train')
    assert 0 < len(dataset) <= 36
    assert f'{39810 - len(dataset)} of 39810 samples lack a frame' in logged[0]
    with pytest.raises(MissingFramesError, match='of 697 samples lack a frame'):
        (root / '2011_09_26' / '2011_09_26_drive_0002_sync').mkdir()
        KITTIDataset(str(root), split='eigen_test', frame_offsets=(), test_mode=True)


def test_a_large_split_lists_each_folder_once(kitti_raw, logged, monkeypatch):
    root = str(kitti_raw(range(50, 70)))
    listed = []
    list_folder = os.listdir
    monkeypatch.setattr(os, 'listdir', lambda path: (listed.append(path), list_folder(path))[1])
    KITTIDataset(root, split='eigen_zhou_train', ground_truth='velodyne')
    # 39,810 frames, in few folders. The root is looked at once more to check the layout.
    folders = [path for path in listed if '_sync' in path]
    assert len(folders) == len(set(folders)) < 300


def test_absent_folder(tmp_path):
    with pytest.raises(DatasetNotFoundError) as error:
        KITTIDataset(str(tmp_path / 'kitti'), split='eigen_zhou_train')
    message = str(error.value)
    assert 'no such folder' in message
    assert 'kitti/2011_09_26/2011_09_26_drive_0001_sync/image_02/data/0000000000.png' in message
    assert 'make demo' in message


def test_wrong_level(kitti_raw, one_frame, drive):
    root = kitti_raw(root='data/raw')
    for given in (root / drive.date, root / drive.date / drive.name, root.parent):
        with pytest.raises(DatasetNotFoundError) as error:
            KITTIDataset(str(given), ann_file=one_frame)
        assert f'The days lie in {str(root)!r}: set data_root to that.' in str(error.value)
    with pytest.raises(DatasetNotFoundError, match='none of the days 2011_09_26'):
        KITTIDataset(str(root / drive.date / drive.name / 'image_02' / 'data'), ann_file=one_frame)


def test_bad_calibration(kitti_raw, one_frame, drive):
    root = kitti_raw()
    path = root / drive.date / 'calib_cam_to_cam.txt'
    text = path.read_text()
    path.write_text(text.replace('P_rect_02', 'Q_rect_02'))
    with pytest.raises(ValueError, match=r'calib_cam_to_cam.txt: calibration without P_rect_02'):
        KITTIDataset(str(root), ann_file=one_frame)
    path.write_text(text.replace('P_rect_03', 'Q_rect_03'))
    assert len(KITTIDataset(str(root), ann_file=one_frame)) == 1  # not needed for one camera
    with pytest.raises(ValueError, match='calibration without P_rect_03'):
        KITTIDataset(str(root), ann_file=one_frame, frame_offsets=('s', ))
    path.unlink()
    with pytest.raises(DatasetNotFoundError, match=r'unpack 2011_09_26_calib.zip'):
        KITTIDataset(str(root), ann_file=one_frame)


def test_scans_without_their_calibration(kitti_raw, one_frame, drive):
    root = kitti_raw()
    (root / drive.date / 'calib_velo_to_cam.txt').unlink()
    with pytest.raises(DatasetNotFoundError, match=r'calib_velo_to_cam.txt, which is not there'):
        KITTIDataset(str(root), ann_file=one_frame)
    assert len(KITTIDataset(str(root), ann_file=one_frame, ground_truth=None)) == 1


@pytest.mark.parametrize('kwargs, message', [
    ({}, 'needs a split or an ann_file. Valid splits are eigen_benchmark_test'),
    (dict(split='eigen_test', ground_truth='lidar'), "Valid values are 'velodyne', 'annotated'"),
    (dict(split='eigen_test', depth_kind='x'), 'Valid kinds are velodyne_x, camera_z'),
    (dict(split='eigen_test', depth_root='d'), "needs ground_truth='annotated'"),
])
def test_refuses_unknown_values(kwargs, message):
    with pytest.raises(ValueError, match=message):
        KITTIDataset('', **kwargs)


def test_refuses_another_datasets_split(kitti_raw):
    with pytest.raises(ValueError, match="Unknown split 'odometry_train'"):
        KITTIDataset(str(kitti_raw()), split='odometry_train')
