import shutil

import pytest
from miniatures import write_annotated_depth, write_kitti

from spidepth_mm.datasets import DatasetNotFoundError
from spidepth_mm.datasets.converters.kitti_check import check_kitti
from spidepth_mm.datasets.converters.number_ranges import format_ranges
from spidepth_mm.datasets.splits import SplitEntry

DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'
OTHER = '2011_09_26/2011_09_26_drive_0002_sync'
FAR = '2011_09_30/2011_09_30_drive_0016_sync'


@pytest.fixture
def root(tmp_path):
    frames = [(drive, frame, side) for drive in (DRIVE, OTHER, FAR) for frame in range(6)
              for side in 'lr']
    return write_kitti(tmp_path / 'kitti', frames, num_points=5)


def _entries(*frames):
    return [SplitEntry(drive, frame, 'l') for drive in (DRIVE, OTHER, FAR) for frame in frames]


def test_everything_is_there(root):
    report = check_kitti(str(root), _entries(2, 3), (-1, 1, 's'), 'velodyne')
    assert report.is_complete
    assert report.lines() == ['6 of 6 images are complete.']


def test_one_readable_list(root):
    shutil.rmtree(root / OTHER)
    (root / '2011_09_30' / 'calib_cam_to_cam.txt').unlink()
    for camera, frame in ((2, 1), (2, 2), (3, 3)):
        (root / DRIVE / f'image_{camera:02d}' / 'data' / f'{frame:010d}.png').unlink()
    (root / DRIVE / 'velodyne_points' / 'data' / '0000000004.bin').unlink()
    report = check_kitti(str(root), _entries(2, 3, 4), (-1, 1, 's'), 'velodyne')
    assert not report.is_complete
    assert report.lines() == [
        '3 of 9 images are complete.',
        'calibration missing: 2011_09_30   (unpack 2011_09_30_calib.zip)',
        'drives missing: 1',
        f'  {OTHER}   3 images   (unpack 2011_09_26_drive_0002_sync.zip)',
        'frames missing in 3 folders:',
        f'  {DRIVE}/image_02/data: 1-2',
        f'  {DRIVE}/image_03/data: 3',
        f'  {DRIVE}/velodyne_points/data: 4',
    ]


def test_scans_need_their_own_calibration(root):
    (root / '2011_09_26' / 'calib_velo_to_cam.txt').unlink()
    assert check_kitti(str(root), _entries(2)).is_complete
    report = check_kitti(str(root), _entries(2), ground_truth='velodyne')
    assert report.days_without_calibration == {'2011_09_26'}


def test_annotated_depth(root, tmp_path):
    entries = _entries(2, 3)
    write_annotated_depth(tmp_path / 'depth', entries[:5])
    report = check_kitti(str(root), entries, (), 'annotated', str(tmp_path / 'depth'))
    assert report.num_complete == 5
    assert report.missing_frames == {f'{FAR}/proj_depth/groundtruth/image_02': {3}}
    with pytest.raises(DatasetNotFoundError, match=f"They lie in '{tmp_path}/depth': give that."):
        check_kitti(str(root), entries, (), 'annotated', str(tmp_path / 'depth' / 'val'))


def test_ranges():
    assert format_ranges([7, 5, 6, 17, 5]) == '5-7, 17'
    assert format_ranges([]) == ''
