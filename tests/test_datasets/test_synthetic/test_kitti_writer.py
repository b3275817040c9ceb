import numpy as np

from spidepth_mm.datasets.synthetic.kitti_writer import drive_folder, encode_depth, write_split


def test_depth_code():
    depth = np.array([[0, 0.001, 1.0], [80.25, 255.9, 300.0]], np.float32)
    np.testing.assert_array_equal(encode_depth(depth), [[0, 1, 256], [20544, 65510, 0]])
    assert encode_depth(depth).dtype == np.uint16


def test_drive_folder():
    assert drive_folder(9001) == '2011_09_26/2011_09_26_drive_9001_sync'


def test_split_leaves_out_frames_without_neighbours(tmp_path):
    write_split(tmp_path, 'train', [9001, 9002], 4, 'lr')
    lines = (tmp_path / 'splits' / 'train.txt').read_text().splitlines()
    assert lines[:4] == [f'{drive_folder(9001)} {i} {side}' for side in 'lr' for i in (1, 2)]
    assert len(lines) == 8
