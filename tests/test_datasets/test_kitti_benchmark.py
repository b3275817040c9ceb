from pathlib import Path

import numpy as np
import pytest

from spidepth_mm.datasets import DatasetNotFoundError, KITTIDataset
from spidepth_mm.datasets.depth_io import write_depth_png
from spidepth_mm.datasets.kitti_benchmark import benchmark_entries


@pytest.fixture
def archive(tmp_path, drive):
    """Annotated depth of frames 5 to 9 of one drive of 15 frames, both cameras."""
    for camera in (2, 3):
        folder = tmp_path / 'depth' / 'train' / drive.name / 'proj_depth' / 'groundtruth' / \
            f'image_{camera:02d}'
        folder.mkdir(parents=True)
        for frame in range(5, 10):
            write_depth_png(str(folder / f'{frame:010d}.png'), np.full((37, 124), 7.0))
        (folder / 'readme.txt').write_text('')
    return tmp_path / 'depth'


def test_every_annotated_frame(archive, drive):
    entries = benchmark_entries(str(archive), 'benchmark_train', '')
    assert entries == [(drive.entry, frame, side) for side in 'lr' for frame in range(5, 10)]


def test_static_frames_can_be_left_out(archive, drive, split_file):
    lines = [f'{drive.date} {drive.name} 0000000006', f'{drive.entry} 8', '',
             '2011_09_28 2011_09_28_drive_0037_sync 7']
    entries = benchmark_entries(str(archive), 'benchmark_train', split_file(lines))
    assert [entry.frame for entry in entries] == [5, 7, 9] * 2
    with pytest.raises(ValueError, match=r"line 1: got 'drive six', expected"):
        benchmark_entries(str(archive), 'benchmark_train', split_file(['drive six']))


def test_a_dataset_of_it(archive, kitti_raw):
    root = kitti_raw(range(15))
    dataset = KITTIDataset(str(root), split='benchmark_train', ground_truth=None,
                           depth_root=str(archive))
    assert len(dataset) == 10
    annotated = KITTIDataset(str(root), split='benchmark_train', ground_truth='annotated',
                             depth_root=str(archive), require_depth=True)
    assert len(annotated) == 10
    assert Path(annotated.get_data_info(0)['depth_map_path']).name == '0000000005.png'


def test_missing_archive(archive, kitti_raw):
    root = str(kitti_raw())
    with pytest.raises(DatasetNotFoundError, match=r'needs .*val.*: unpack data_depth_annotated'):
        KITTIDataset(root, split='benchmark_val', ground_truth=None, depth_root=str(archive))
    with pytest.raises(ValueError, match='give that as depth_root'):
        KITTIDataset(root, split='benchmark_val', ground_truth=None)
