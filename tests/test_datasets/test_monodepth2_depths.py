import io
import os
import pickle
import zipfile

import numpy as np
import pytest
from hostile_pickle import Payload

from spidepth_mm.datasets import UnreadableImageError
from spidepth_mm.datasets.depth_io import read_depth
from spidepth_mm.datasets.monodepth2_depths import load_gt_depths


@pytest.fixture
def maps():
    """Of the sizes that KITTI's days have, in miniature, sparse."""
    made = [np.random.uniform(1, 80, shape) for shape in ((9, 31), (8, 30), (9, 31))]
    return [np.where(np.random.rand(*depth.shape) < 0.8, 0, depth).astype(np.float32)
            for depth in made]


def _object_array(maps):
    array = np.empty(len(maps), dtype=object)
    array[:] = maps
    return array


def _write(path, content):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('data.npy', content)


def _npy(array, protocol=None, module=None):
    """An object array's .npy as numpy writes it, with another pickle protocol or module path."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, dict(descr='|O', fortran_order=False, shape=array.shape))
    content = pickle.dumps(array, protocol=protocol)
    if module:
        old = b'numpy._core.multiarray' if b'numpy._core' in content else b'numpy.core.multiarray'
        assert protocol < 4  # there, names have no length in front
        content = content.replace(old, module)
    return file.getvalue() + content


def test_as_numpy_writes_it(tmp_path, maps):
    np.savez_compressed(tmp_path / 'gt_depths.npz', data=_object_array(maps))
    loaded = load_gt_depths(str(tmp_path / 'gt_depths.npz'))
    assert len(loaded) == 3
    for sparse, expected in zip(loaded, maps):
        np.testing.assert_array_equal(sparse.dense(), expected)
    np.testing.assert_array_equal(read_depth(str(tmp_path / 'gt_depths.npz#1')), maps[1])


@pytest.mark.parametrize('protocol, module', [
    (2, b'numpy.core.multiarray'), (3, b'numpy.core.multiarray'), (3, b'numpy._core.multiarray'),
    (4, None)])
def test_as_older_versions_wrote_it(tmp_path, maps, protocol, module):
    """Monodepth2's users ran numpy 1, some under Python 2."""
    _write(tmp_path / 'a.npz', _npy(_object_array(maps), protocol, module))
    for sparse, expected in zip(load_gt_depths(str(tmp_path / 'a.npz')), maps):
        np.testing.assert_array_equal(sparse.dense(), expected)


def test_maps_of_one_size_are_no_pickle(tmp_path, maps):
    same = np.stack([maps[0], maps[2]])
    np.savez_compressed(tmp_path / 'a.npz', data=same)
    loaded = load_gt_depths(str(tmp_path / 'a.npz'))
    np.testing.assert_array_equal([sparse.dense() for sparse in loaded], same)


def test_what_is_no_depth_becomes_none(tmp_path):
    np.savez(tmp_path / 'a.npz', data=_object_array(
        [np.array([[np.nan, -1, 2.0]]), np.array([[np.inf, 0, 3.0]], order='F')]))
    loaded = [sparse.dense() for sparse in load_gt_depths(str(tmp_path / 'a.npz'))]
    np.testing.assert_array_equal(loaded, [[[0, 0, 2]], [[0, 0, 3]]])


@pytest.mark.parametrize('protocol', [0, 2, 4])
def test_runs_no_code(tmp_path, maps, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    _write('a.npz', _npy(_object_array([maps[0], Payload('made_by_the_pickle')]), protocol))
    with pytest.raises(UnreadableImageError, match=r'it asks for \w+.mkdir, .* could run code'):
        load_gt_depths('a.npz')
    assert os.listdir() == ['a.npz']
    np.load('a.npz', allow_pickle=True)['data']  # what everybody else does
    assert os.path.isdir('made_by_the_pickle')


def test_bad_files(tmp_path, maps):
    path = str(tmp_path / 'a.npz')
    with pytest.raises(UnreadableImageError, match='No such file'):
        load_gt_depths(path)
    np.savez(path, depth=np.zeros(3))
    with pytest.raises(UnreadableImageError, match=r"no array 'data' in it, only depth.npy"):
        load_gt_depths(path)
    np.savez(path, data=_object_array([np.zeros(3)]))
    with pytest.raises(UnreadableImageError, match=r'a map of shape \(3,\), expected'):
        load_gt_depths(path)
    np.savez(path, data=_object_array(['text']))
    with pytest.raises(UnreadableImageError, match=r'a map is str, not an array'):
        load_gt_depths(path)
    np.savez(path, data=_object_array([np.zeros((2, 2), np.int32)]))
    with pytest.raises(UnreadableImageError, match='not of floating-point numbers'):
        load_gt_depths(path)
    np.savez(path, data=_object_array(maps))
    content = (tmp_path / 'a.npz').read_bytes()
    (tmp_path / 'a.npz').write_bytes(content[:len(content) // 2])
    with pytest.raises(UnreadableImageError, match=r'a\.npz: truncated, or no depth maps'):
        load_gt_depths(path)
    _write(path, _npy(_object_array(maps), 4)[:-200])
    with pytest.raises(UnreadableImageError, match=r'a\.npz: '):
        load_gt_depths(path)


def test_no_such_map(tmp_path, maps):
    np.savez(tmp_path / 'a.npz', data=_object_array(maps))
    with pytest.raises(UnreadableImageError, match=r'no such map: .*a.npz has 3, from 0'):
        read_depth(str(tmp_path / 'a.npz#3'))
