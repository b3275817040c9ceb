import os

import cv2
import numpy as np
import pytest

from spidepth_mm.datasets import UnreadableImageError
from spidepth_mm.datasets.depth_io import (
    depth_from_disparity,
    read_depth,
    read_disparity,
    write_depth_png,
    write_sparse_depth,
)


@pytest.fixture
def depth():
    depth = np.random.uniform(0.01, 80, (6, 9)).astype(np.float32)
    depth[np.random.rand(6, 9) < 0.5] = 0
    return depth


def test_png_round_trip_is_exact_to_its_step(tmp_path, depth):
    path = str(tmp_path / 'a.png')
    write_depth_png(path, depth)
    read = read_depth(path)
    assert read.dtype == np.float32
    assert np.abs(read - depth).max() <= 0.5 / 256
    np.testing.assert_array_equal(read > 0, depth > 0)
    stored = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(stored, np.rint(depth * 256).astype(np.uint16))


def test_a_tiny_depth_is_not_stored_as_none(tmp_path):
    path = str(tmp_path / 'a.png')
    write_depth_png(path, np.array([[0.0001, 0.0]]))
    np.testing.assert_array_equal(read_depth(path), [[1 / 256, 0]])


def test_numpy_files(tmp_path, depth):
    np.save(tmp_path / 'a.npy', depth.astype(np.float64))
    np.savez(tmp_path / 'b.npz', depth)
    np.savez(tmp_path / 'c.npz', depth=depth, other=np.zeros(3))
    for name in ('a.npy', 'b.npz', 'c.npz'):
        np.testing.assert_array_equal(read_depth(str(tmp_path / name)), depth)


def test_what_is_no_depth_becomes_none(tmp_path):
    np.save(tmp_path / 'a.npy', np.array([[np.nan, np.inf, -1, 2]]))
    np.testing.assert_array_equal(read_depth(str(tmp_path / 'a.npy')), [[0, 0, 0, 2]])


def test_eight_bits_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.full((4, 5), 7, np.uint8))
    with pytest.raises(UnreadableImageError, match=r'expected one 16-bit channel .* got 8-bit'):
        read_depth(str(tmp_path / 'a.png'))


@pytest.mark.parametrize('suffix', ['.png', '.npy', '.npz'])
def test_truncated_files_are_named(tmp_path, depth, suffix):
    path = tmp_path / f'a{suffix}'
    if suffix == '.png':
        write_depth_png(str(path), depth)
    elif suffix == '.npy':
        np.save(path, depth)
    else:
        np.savez(path, depth)
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    with pytest.raises(UnreadableImageError, match=rf'a\{suffix}: truncated'):
        read_depth(str(path))


def test_other_bad_files(tmp_path):
    np.savez(tmp_path / 'a.npz', x=np.zeros((2, 2)), y=np.zeros((2, 2)))
    with pytest.raises(UnreadableImageError, match=r"several arrays \(x, y\), none named 'depth'"):
        read_depth(str(tmp_path / 'a.npz'))
    np.save(tmp_path / 'b.npy', np.zeros((2, 2, 1)))
    with pytest.raises(UnreadableImageError, match=r'shape \(2, 2, 1\), expected \(H, W\)'):
        read_depth(str(tmp_path / 'b.npy'))
    with pytest.raises(ValueError, match=r"unknown kind of depth file '.tif'. Valid kinds are"):
        read_depth('a.tif')


def test_refuses_to_write_what_does_not_fit(tmp_path):
    for values in ([[300.0]], [[-1.0]], [[np.nan]], [1.0]):
        with pytest.raises(ValueError, match=r'holds \(H, W\) values in \[0, 255.996\]'):
            write_depth_png(str(tmp_path / 'a.png'), np.array(values))
    assert os.listdir(tmp_path) == []


def test_leaves_no_partial_file(tmp_path, depth, monkeypatch):
    def full_disk(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'replace', full_disk)
    with pytest.raises(OSError, match='No space left'):
        write_depth_png(str(tmp_path / 'a.png'), depth)
    assert os.listdir(tmp_path) == []


def test_sparse_round_trip_is_exact(tmp_path, depth):
    path = tmp_path / 'a.npz'
    write_sparse_depth(str(path), depth)
    np.testing.assert_array_equal(read_depth(str(path)), depth)
    content = path.read_bytes()
    write_sparse_depth(str(path), depth)
    assert path.read_bytes() == content  # so that checksums mean something
    write_sparse_depth(str(path), np.zeros((3, 4)))
    np.testing.assert_array_equal(read_depth(str(path)), np.zeros((3, 4)))


def test_sparse_refuses_what_is_no_depth(tmp_path):
    for values in ([[-1.0]], [[np.nan]], [1.0]):
        with pytest.raises(ValueError, match=r'expected \(H, W\) finite metres >= 0'):
            write_sparse_depth(str(tmp_path / 'a.npz'), np.array(values))
    assert os.listdir(tmp_path) == []


def test_sparse_pixels_outside(tmp_path):
    np.savez(tmp_path / 'a.npz', shape=[2, 3], pixels=np.array([6]), depth=np.ones(1))
    with pytest.raises(UnreadableImageError, match=r'its pixels do not fit its size \(2, 3\)'):
        read_depth(str(tmp_path / 'a.npz'))


def test_cityscapes_disparity(tmp_path):
    """0 is none, p > 0 is (p - 1) / 256 pixels; 1 would be infinitely far."""
    cv2.imwrite(str(tmp_path / 'a.png'), np.array([[0, 1, 257, 65535]], np.uint16))
    disparity = read_disparity(str(tmp_path / 'a.png'))
    np.testing.assert_allclose(disparity, [[0, 0, 1, 65534 / 256]])
    np.testing.assert_allclose(depth_from_disparity(disparity, 500.0),
                               [[0, 0, 500, 500 * 256 / 65534]], rtol=1e-6)
    content = (tmp_path / 'a.png').read_bytes()
    (tmp_path / 'a.png').write_bytes(content[:-20])
    with pytest.raises(UnreadableImageError, match=r'a.png: truncated'):
        read_disparity(str(tmp_path / 'a.png'))
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((4, 5), np.uint8))
    with pytest.raises(UnreadableImageError, match=r'one 16-bit channel \(\(value - 1\) / 256'):
        read_disparity(str(tmp_path / 'a.png'))
