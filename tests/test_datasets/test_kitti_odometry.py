import numpy as np
import pytest
from mmengine.registry import DATASETS

from spidepth_mm.datasets import DatasetNotFoundError, KITTIOdometryDataset, MissingFramesError
from spidepth_mm.datasets.depth_io import write_depth_png
from spidepth_mm.datasets.kitti_odometry import read_poses

PIPELINE = [
    dict(type='LoadFrames'),
    dict(type='LoadDepthMap'),
    dict(type='ResizeFrames', scale=(64, 32)),
    dict(type='FlipFrames', prob=0.5),
    dict(type='PackDepthInputs'),
]


def _names(info):
    return ['/'.join(path.split('/')[-2:]) for path in (info['img_path'], *info['source_paths'])]


def test_samples_of_a_sequence(kitti_odometry, logged):
    dataset = KITTIOdometryDataset(
        str(kitti_odometry()), sequences=['00'], frame_offsets=(-1, 0, 1, 's'))
    assert len(dataset) == 3
    info = dataset.get_data_info(0)
    assert _names(info) == [
        'image_0/000001.png', 'image_0/000000.png', 'image_0/000002.png', 'image_1/000001.png']
    assert info['frame_offsets'] == [-1, 1, 's']
    np.testing.assert_array_equal(info['cam2img'], [[70, 0, 61], [0, 70, 18], [0, 0, 1]])
    assert info['cam2img'].dtype == np.float64
    expected = np.eye(4)
    expected[0, 3] = -0.5
    np.testing.assert_allclose(info['source_from_target'], expected)
    assert 'depth_map_path' not in info
    assert logged == [
        'KITTIOdometryDataset: 2 of 5 samples lack a frame (0 the target, 2 a source of '
        f"[-1, 1, 's']); first missing: {dataset.data_root}/sequences/00/image_0/-00001.png. "
        'They are left out.']


def test_right_targets(kitti_odometry):
    dataset = KITTIOdometryDataset(
        str(kitti_odometry()), sequences='00', sides=('l', 'r'), frame_offsets=('s', ))
    assert len(dataset) == 10
    info = dataset.get_data_info(6)
    assert _names(info) == ['image_1/000001.png', 'image_0/000001.png']
    assert info['source_from_target'][0, 3] == pytest.approx(0.5)
    # Half a metre to the right of the left camera, which has driven 1.5 m.
    np.testing.assert_allclose(info['world_from_target'][:3, 3], [0.5, 0, 1.5])


def test_colour_cameras_come_first(kitti_odometry):
    root = str(kitti_odometry(cameras=(0, 1, 2, 3)))
    info = KITTIOdometryDataset(root, sequences=['00'], frame_offsets=('s', )).get_data_info(1)
    assert _names(info) == ['image_2/000001.png', 'image_3/000001.png']
    # P2 is 0.1 m to the left of camera 0, whose poses the file has.
    np.testing.assert_allclose(info['world_from_target'][:3, 3], [-0.1, 0, 1.5])
    assert info['source_from_target'][0, 3] == pytest.approx(-0.5)


def test_lists(kitti_odometry, split_file):
    root = str(kitti_odometry(sequence='09'))
    dataset = KITTIOdometryDataset(
        root, ann_file=split_file(['9 1 l', '09 3 r']), frame_offsets=(-1, ))
    assert [_names(dataset.get_data_info(i))[0] for i in range(2)] == [
        'image_0/000001.png', 'image_1/000003.png']
    dataset = KITTIOdometryDataset(root, split='odometry_test_09', frame_offsets=(), missing='drop')
    assert len(dataset) == 5
    with pytest.raises(DatasetNotFoundError, match=r"No sequence '10' in .*; it has 09"):
        KITTIOdometryDataset(root, split='odometry_test_10')
    with pytest.raises(ValueError, match='Valid splits are odometry_test_09'):
        KITTIOdometryDataset(root, split='eigen_test')


def test_ground_truth(kitti_odometry, logged):
    root = kitti_odometry(poses=False)
    depth = np.full((37, 124), 12.5, np.float32)
    (root / 'sequences' / '00' / 'depth_stereo').mkdir()
    for frame in (0, 3):
        write_depth_png(str(root / f'sequences/00/depth_stereo/{frame:06d}.png'), depth)
    kwargs = dict(sequences=['00'], depth_dir='depth_stereo', pipeline=PIPELINE)
    dataset = KITTIOdometryDataset(str(root), frame_offsets=(), **kwargs)
    assert len(dataset) == 5
    assert logged == []
    dataset = KITTIOdometryDataset(
        str(root), frame_offsets=(), sides=('l', 'r'), require_depth=True, **kwargs)
    assert len(dataset) == 2
    assert logged == ['KITTIOdometryDataset: 2 of 10 samples have ground truth; the others are '
                      'left out.']
    sample = dataset[1]['data_samples']
    assert sample.img_path.endswith('image_0/000003.png')
    assert (sample.gt_depth_map.data == 12.5).all()
    assert 'world_from_target' not in sample


def test_built_by_name_from_another_scope(kitti_odometry):
    # Short names of transforms are found although the default scope is not this package.
    dataset = DATASETS.build(dict(
        type='spidepth_mm.KITTIOdometryDataset', data_root=str(kitti_odometry()),
        sequences=['00'], pipeline=PIPELINE))
    item = dataset[0]
    assert item['inputs'].shape == (3, 3, 32, 64)
    assert item['data_samples'].frame_offsets == [-1, 1]


def test_absent_folder(tmp_path):
    with pytest.raises(DatasetNotFoundError) as error:
        KITTIOdometryDataset(str(tmp_path / 'none'), sequences=['00'])
    message = str(error.value)
    assert f'no such folder: {str(tmp_path / "none")!r}' in message
    assert 'none/sequences/00/calib.txt' in message
    assert 'make demo' in message


def test_wrong_level(kitti_odometry):
    root = kitti_odometry()
    for given in (root.parent / 'outer', root / 'sequences'):
        if not given.exists():
            given.mkdir()
            (given / 'dataset').symlink_to(root)
        with pytest.raises(DatasetNotFoundError, match='set data_root to that'):
            KITTIOdometryDataset(str(given), sequences=['00'])


def test_missing_calibration(kitti_odometry):
    root = kitti_odometry()
    path = root / 'sequences' / '00' / 'calib.txt'
    path.write_text('P0: 70 0 61 0 0 70 18 0 0 0 1 0\n')
    with pytest.raises(ValueError, match=r'calib.txt: calibration without P1'):
        KITTIOdometryDataset(str(root), sequences=['00'])
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r'No calibration file .*calib.txt'):
        KITTIOdometryDataset(str(root), sequences=['00'])


def test_nothing_left(kitti_odometry):
    with pytest.raises(MissingFramesError, match=r'no usable sample of 5 .* first image .*000000'):
        KITTIOdometryDataset(str(kitti_odometry()), sequences=['00'], frame_offsets=(-9, ))


@pytest.mark.parametrize('kwargs', [{}, dict(sequences=['00'], split='odometry_train')])
def test_needs_one_way_to_choose_frames(kwargs):
    with pytest.raises(ValueError, match='exactly one of split, ann_file and sequences'):
        KITTIOdometryDataset('', **kwargs)


def test_unknown_side():
    with pytest.raises(ValueError, match="sides must be some of 'l' and 'r'"):
        KITTIOdometryDataset('', sequences=['00'], sides=('left', ))


def test_poses_of_another_form(tmp_path):
    path = tmp_path / 'poses.txt'
    path.write_text('1 2 3\n')
    with pytest.raises(ValueError, match=r'3 numbers a line, expected 12'):
        read_poses(str(path))
    path.write_text('a b c\n')
    with pytest.raises(ValueError, match='not a pose file'):
        read_poses(str(path))


def test_real_sequence(real_data, logged):
    kwargs = dict(data_root=str(real_data / 'kitti_odometry'), sequences=['A'],
                  depth_dir='depth_stereo', pipeline=PIPELINE[:-2] + PIPELINE[-1:])
    assert len(KITTIOdometryDataset(frame_offsets=(), **kwargs)) == 51
    assert len(KITTIOdometryDataset(frame_offsets=(-1, 1), **kwargs)) == 49
    dataset = KITTIOdometryDataset(frame_offsets=('s', ), require_depth=True, **kwargs)
    assert len(dataset) == 11
    info = dataset.get_data_info(0)
    assert info['source_from_target'][0, 3] == pytest.approx(-0.537, abs=5e-4)
    frames = dataset[10]['inputs']
    assert frames.shape == (2, 3, 32, 64)
    assert (frames[:, 0] == frames[:, 1]).all()
    # Cars of this street drive about 1.2 m between frames.
    poses = [dataset.get_data_info(index)['world_from_target'] for index in range(5)]
    steps = np.diff([pose[:3, 3] for pose in poses], axis=0) / 5  # every fifth frame
    assert np.abs(np.linalg.norm(steps, axis=1) - 1.2).max() < 0.3
