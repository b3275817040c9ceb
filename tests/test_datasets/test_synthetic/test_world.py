import json
import re
import shutil

import cv2
import numpy as np
import pytest

from spidepth_mm.datasets import SyntheticWorldDataset
from spidepth_mm.datasets.synthetic import WorldParameters, ensure_world
from spidepth_mm.datasets.synthetic.kitti_writer import drive_folder

DRIVES = (9001, 9501, 9601)


def _contents(root):
    return {str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob('*')) if path.is_file()}


def _read_calibration(path):
    pairs = (line.split(':', 1) for line in path.read_text().splitlines())
    return {key: np.array(value.split(), float) for key, value in pairs if key != 'calib_time'}


def test_layout_is_kittis(tiny_world):
    for drive in DRIVES:
        folder = tiny_world / drive_folder(drive)
        for index in range(3):
            name = f'{index:010d}'
            for camera in ('image_02', 'image_03'):
                image = cv2.imread(str(folder / camera / 'data' / f'{name}.png'), -1)
                assert image.shape == (48, 160, 3) and image.dtype == np.uint8
                depth = cv2.imread(
                    str(folder / 'proj_depth' / 'groundtruth' / camera / f'{name}.png'), -1)
                assert depth.shape == (48, 160) and depth.dtype == np.uint16
            scan = np.fromfile(folder / 'velodyne_points' / 'data' / f'{name}.bin', np.float32)
            assert scan.size % 4 == 0 and scan.size > 4 * 200
        poses = np.loadtxt(folder / 'poses.txt').reshape(-1, 3, 4)
        np.testing.assert_allclose(poses[0], np.eye(4)[:3], atol=1e-9)
        assert poses.shape[0] == 3 and 1.0 < poses[2, 2, 3] < 2.6
    for split, lines in (('train', 2), ('val', 1), ('test', 1)):
        assert len((tiny_world / 'splits' / f'{split}.txt').read_text().splitlines()) == lines


def test_scans_fall_on_pixels_with_their_depth(tiny_world):
    cameras = _read_calibration(tiny_world / '2011_09_26' / 'calib_cam_to_cam.txt')
    scanner = _read_calibration(tiny_world / '2011_09_26' / 'calib_velo_to_cam.txt')
    folder = tiny_world / drive_folder(9601)
    points = np.fromfile(folder / 'velodyne_points/data/0000000001.bin', np.float32)
    points = points.reshape(-1, 4)
    camera0 = points[:, :3] @ scanner['R'].reshape(3, 3).T + scanner['T']
    rectified = camera0 @ cameras['R_rect_00'].reshape(3, 3).T
    image = np.column_stack([rectified, np.ones(len(points))]) @ \
        cameras['P_rect_02'].reshape(3, 4).T
    column, row = np.round(image[:, :2] / image[:, 2:]).astype(int).T - 1  # KITTI's rule
    depth = cv2.imread(str(folder / 'proj_depth/groundtruth/image_02/0000000001.png'), -1) / 256
    np.testing.assert_allclose(depth[row, column], image[:, 2], atol=0.003)
    assert len(set(zip(row, column))) == len(row)
    assert (points[:, 3] >= 0).all() and (points[:, 3] <= 1).all()


def test_same_seed_same_bytes_whatever_the_workers(tiny_world, tiny_parameters, tmp_path):
    other = ensure_world(tmp_path / 'w', seed=3, workers=2, progress=True, **tiny_parameters)
    expected, found = _contents(tiny_world), _contents(other)
    assert expected.keys() == found.keys()
    assert [name for name in expected if expected[name] != found[name]] == []


def test_other_seed_other_street(tiny_parameters):
    from spidepth_mm.datasets.synthetic.drive import plan_drive
    first, second = (plan_drive(seed, 9001, (160, 48), 3)[1].world_from_camera
                     for seed in (3, 4))
    assert np.abs(first - second).max() > 1e-3


def test_found_again_without_rendering(tiny_world, tiny_parameters, monkeypatch):
    monkeypatch.setattr('spidepth_mm.datasets.synthetic.world.run_drives', None)
    before = {path: path.stat().st_mtime_ns for path in tiny_world.rglob('*')}
    assert ensure_world(tiny_world, seed=3, **tiny_parameters) == tiny_world
    assert before == {path: path.stat().st_mtime_ns for path in tiny_world.rglob('*')}


def test_damage_is_mended(tiny_world, tiny_parameters, tmp_path):
    root = tmp_path / 'w'
    shutil.copytree(tiny_world, root)
    (root / drive_folder(9501) / 'image_02/data/0000000001.png').write_bytes(b'')
    ensure_world(root, seed=3, workers=1, progress=False, **tiny_parameters)
    assert _contents(root) == _contents(tiny_world)


def test_missing_split_is_written_again(tiny_world, tiny_parameters, tmp_path):
    root = tmp_path / 'w'
    shutil.copytree(tiny_world, root)
    (root / 'splits' / 'val.txt').unlink()
    ensure_world(root, seed=3, workers=1, progress=False, **tiny_parameters)
    assert _contents(root) == _contents(tiny_world)


def test_interrupted_world_is_completed(tiny_world, tiny_parameters, tmp_path, monkeypatch):
    root = tmp_path / 'w'
    shutil.copytree(tiny_world, root)
    record = json.loads((root / 'world.json').read_text())
    (root / 'world.json').unlink()
    (root / 'world.partial.json').write_text(json.dumps({'parameters': record['parameters']}))
    shutil.rmtree(root / drive_folder(9601))
    (root / '.making' / '9601-1').mkdir(parents=True)
    made = []
    from spidepth_mm.datasets.synthetic import workers
    real = workers.make_drive
    monkeypatch.setattr(workers, 'make_drive',
                        lambda *args: (made.append(args[2]), real(*args)))
    ensure_world(root, seed=3, workers=1, progress=False, **tiny_parameters)
    assert made == [9601]
    assert _contents(root) == _contents(tiny_world)


def test_other_parameters_in_the_same_folder(tiny_world, tiny_parameters):
    with pytest.raises(ValueError, match=r'other parameters: seed is 3, asked for 5\. Give'):
        ensure_world(tiny_world, seed=5, **tiny_parameters)


def test_folder_with_something_else_is_left_alone(tmp_path, tiny_parameters):
    (tmp_path / 'precious.txt').write_text('mine')
    with pytest.raises(ValueError, match=r"not empty .'precious.txt'.*holds no synthetic world"):
        ensure_world(tmp_path, **tiny_parameters)
    assert (tmp_path / 'precious.txt').read_text() == 'mine'


@pytest.mark.parametrize('change, message', [
    (dict(size=(16, 48)), 'size is (W, H) with sides from 32 to 4096, got (16, 48)'),
    (dict(frames=2), 'frames must be from 3 to 300, got 2'),
    (dict(seed=-1), 'seed must not be negative, got -1'),
    (dict(train_drives=0), 'train_drives must be from 1 to 99, got 0'),
    (dict(test_drives=100), 'test_drives must be from 0 to 99, got 100'),
])
def test_bad_parameters(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        WorldParameters(**change)


def test_bad_number_of_workers(tmp_path):
    with pytest.raises(ValueError, match='workers must be at least 1, got 0'):
        ensure_world(tmp_path, workers=0)


def test_a_world_has_masks_of_what_moves(tiny_world, tiny_parameters):
    """From the folder to the measure that needs them; worlds of an older version have none."""
    dataset = SyntheticWorldDataset(
        str(tiny_world), split='train', seed=3, test_mode=True, world=tiny_parameters,
        frame_offsets=(), pipeline=[dict(type='LoadFrames'), dict(type='LoadDepthMap'),
                                    dict(type='LoadDynamicMask'), dict(type='PackDepthInputs')])
    for index in range(len(dataset)):
        sample = dataset[index]['data_samples']
        assert sample.gt_dynamic_mask.data.shape == sample.gt_depth_map.data.shape
        # What moves has a surface.
        assert (sample.gt_depth_map.data[sample.gt_dynamic_mask.data] > 0).all()
    masks = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
             for path in tiny_world.rglob('moving/image_0?/*.png')]
    assert len(masks) == 18
    assert 0 < np.mean(masks) / 255 < 0.5
