"""Whatever a file holds, a reader answers with a value or with an exception it documents."""

from __future__ import annotations

import io
import json
import tempfile
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from bounded import bounded
from hypothesis import given
from hypothesis import strategies as st
from mutations import mutate
from scipy.io import savemat

from spidepth_mm.apis.model_lookup import config_from_checkpoint
from spidepth_mm.datasets.camera_check import read_intrinsics
from spidepth_mm.datasets.cityscapes_files import parse_frame_list, read_camera
from spidepth_mm.datasets.depth_io import read_depth, read_disparity, write_sparse_depth
from spidepth_mm.datasets.errors import DatasetNotFoundError, UnreadableImageError
from spidepth_mm.datasets.exported_depth import FORMAT, read_manifest
from spidepth_mm.datasets.image_io import read_image
from spidepth_mm.datasets.kitti_benchmark import read_skip_list
from spidepth_mm.datasets.kitti_calib import (
    cam2img_from_projection,
    image_from_velodyne,
    matrix,
    read_calib_file,
    source_from_target,
)
from spidepth_mm.datasets.kitti_odometry import read_poses
from spidepth_mm.datasets.monodepth2_depths import load_gt_depths
from spidepth_mm.datasets.splits import parse_split_file
from spidepth_mm.datasets.strips import read_strip_intrinsics
from spidepth_mm.datasets.velodyne import project_scan, read_scan
from spidepth_mm.utils.checkpoint import CheckpointError, read_checkpoint

CALIBRATION = """calib_time: 09-Jan-2012 13:57:47
R_rect_00: 1 0 0 0 1 0 0 0 1
P_rect_02: 7.2e+01 0 6.1e+01 4.32e+00 0 7.2e+01 1.8e+01 0 0 0 1 0
P_rect_03: 7.2e+01 0 6.1e+01 -3.456e+01 0 7.2e+01 1.8e+01 0 0 0 1 0
R: 0 -1 0 0 0 -1 1 0 0
T: 0 0 -0.3
"""
PROJECTION = np.array([[72., 0, 61, 4], [0, 72, 18, 0], [0, 0, 1, 0]])


def calibration(path):
    entries = read_calib_file(path)
    target = matrix(entries, 'P_rect_02', 3, 4, path)
    partner = matrix(entries, 'P_rect_03', 3, 4, path)
    image_from_velodyne(entries, entries, 2, path, path)
    assert np.isfinite(cam2img_from_projection(target)).all()
    source_from_target(partner, target)


def image(path, backend='cv2'):
    found = read_image(path, backend)
    assert found.dtype == np.uint8
    assert found.ndim == 3
    assert found.shape[2] == 3


def depth(path):
    found = read_depth(path)
    assert found.dtype == np.float32
    assert found.ndim == 2
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def scan(path):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)  # of points at infinity
        found = project_scan(read_scan(path), PROJECTION, (37, 124))
    assert found.shape == (37, 124)
    assert not np.isnan(found).any()


def uncached_gt_depths(path):
    load_gt_depths.cache_clear()
    for sparse in load_gt_depths(path):
        sparse.dense()


def encoded(suffix, dtype=np.uint8, channels=(3, )):
    values = np.random.RandomState(0).randint(0, 2**8 if dtype == np.uint8 else 2**14,
                                              (12, 20, *channels)).astype(dtype)
    return cv2.imencode(suffix, values)[1].tobytes()


def saved(save, *args, **kwargs):
    buffer = io.BytesIO()
    save(buffer, *args, **kwargs)
    return buffer.getvalue()


def sparse_depth():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'x.npz'
        write_sparse_depth(str(path), np.eye(6, dtype=np.float32))
        return path.read_bytes()


def torch_file():
    content = dict(state_dict=dict(a=torch.ones(3)), meta={})
    return saved(lambda file: torch.save(content, file))


def config_of_checkpoint(path):
    """The text is damaged, not the file that carries it."""
    text = Path(path).read_text('utf-8', 'replace')
    torch.save(dict(state_dict={}, meta=dict(cfg=text)), path)
    config_from_checkpoint(path)


GRID = np.ones((55, 305, 4))
OBJECT_MAPS = np.empty(2, dtype=object)
OBJECT_MAPS[:] = [np.ones((3, 4), np.float32), np.ones((2, 5), np.float32)]
CAMERA = json.dumps(dict(extrinsic=dict(baseline=0.2), intrinsic=dict(fx=1., fy=1, u0=3, v0=4)))
CONFIG = """default_scope = 'spidepth_mm'
model = dict(type='X', sizes=[1, -2.5, inf], table={'a b': None, 3: (True, )},
             losses=[dict(type='Y', weights={1, 2})])
train_cfg = dict(dict(max_iters=3), by_epoch=False)
"""
K_TEXT = '70 0 61\n0 70 18\n0 0 1\n'
MANIFEST = json.dumps(dict(format=FORMAT, depth_kind='camera_z', complete=True, coding='png',
                           files=['a']))

# Name: (file name, a good file, reader, what it may raise)
READERS = {
    'calibration': ('c.txt', CALIBRATION.encode(), calibration, ValueError),
    'split': ('s.txt', b'2011_09_26/2011_09_26_drive_0001_sync 12 l\nx 3 r\n', parse_split_file,
              ValueError),
    'skip list': ('s.txt', b'2011_09_26 2011_09_26_drive_0009_sync 0000000386\n', read_skip_list,
                  ValueError),
    'frame list': ('s.txt', b'ulm ulm_000002_000025\n', parse_frame_list, ValueError),
    'poses': ('p.txt', b'1 0 0 0 0 1 0 0 0 0 1 1.5\n' * 3, read_poses, ValueError),
    'strip intrinsics': ('x_cam.txt', b'70,0,61,0,70,18,0,0,1', read_strip_intrinsics, ValueError),
    'intrinsics txt': ('k.txt', K_TEXT.encode(), read_intrinsics, ValueError),
    'intrinsics json': ('k.json', b'{"K": [[70, 0, 61], [0, 70, 18], [0, 0, 1]]}',
                        read_intrinsics, ValueError),
    'intrinsics yaml': ('k.yaml', b'camera_matrix:\n  data: [70, 0, 61, 0, 70, 18, 0, 0, 1]\n',
                        read_intrinsics, ValueError),
    'camera json': ('c.json', CAMERA.encode(), read_camera, ValueError),
    'manifest': ('manifest.json', MANIFEST.encode(), lambda path: read_manifest(
        str(Path(path).parent)), (ValueError, DatasetNotFoundError)),
    'image png': ('i.png', encoded('.png'), image, UnreadableImageError),
    'image jpg': ('i.jpg', encoded('.jpg'), image, UnreadableImageError),
    'image bmp': ('i.bmp', encoded('.bmp'), image, UnreadableImageError),
    'image pillow': ('i.png', encoded('.png'), lambda path: image(path, 'pillow'),
                     UnreadableImageError),
    'depth png': ('d.png', encoded('.png', np.uint16, ()), depth, UnreadableImageError),
    'disparity png': ('d.png', encoded('.png', np.uint16, ()), read_disparity,
                      UnreadableImageError),
    'depth npy': ('d.npy', saved(np.save, np.ones((3, 4), np.float32)), depth,
                  UnreadableImageError),
    'depth npz': ('d.npz', saved(np.savez_compressed, depth=np.ones((3, 4))), depth,
                  UnreadableImageError),
    'sparse depth npz': ('d.npz', sparse_depth(), depth, UnreadableImageError),
    'laser grid mat': ('g.mat', saved(savemat, dict(Position3DGrid=GRID), do_compression=True),
                       depth, UnreadableImageError),
    'gt_depths npz': ('gt_depths.npz', saved(np.savez, data=OBJECT_MAPS), uncached_gt_depths,
                      UnreadableImageError),
    'velodyne bin': ('s.bin', np.random.RandomState(0).randn(50, 4).astype('<f4').tobytes(), scan,
                     UnreadableImageError),
    'checkpoint': ('c.pth', torch_file(), read_checkpoint, CheckpointError),
    'config': ('config.pth', CONFIG.encode(), config_of_checkpoint, CheckpointError),
}


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('fuzz')


def read(folder, reader, content):
    name, _, function, documented = READERS[reader]
    path = str(folder / name)
    Path(path).write_bytes(content)
    with warnings.catch_warnings():
        # scipy and numpy warn of what they make of damaged headers.
        warnings.simplefilter('ignore')
        try:
            function(path)
        except documented as error:
            return str(error)
    return None


@pytest.mark.parametrize('reader', READERS)
def test_good_files_are_read(folder, reader):
    assert read(folder, reader, READERS[reader][1]) is None


@pytest.mark.parametrize('reader', READERS)
@bounded(50)
@given(number=st.integers(0, 2**20))
def test_damaged_files(folder, reader, number):
    error = read(folder, reader, mutate(READERS[reader][1], number))
    # The message names the file, whatever is wrong with it.
    assert error is None or READERS[reader][0].split('.')[0] in error


@pytest.mark.parametrize('reader', READERS)
@bounded(30)
@given(content=st.binary(max_size=300))
def test_bytes(folder, reader, content):
    read(folder, reader, content)


TEXTS = [name for name, (file, *_) in READERS.items()
         if file.endswith(('txt', 'json', 'yaml', 'config.pth'))]


PYTHON = st.recursive(
    st.sampled_from(['1', '-x', "'a'", 'None', 'inf', 'b"x"', '...', '1e999', '2j', 'f()', '*[1]']),
    lambda inner: st.builds(
        '{0}{1}, {2}{3}'.format, st.sampled_from(['[', '{', '(', 'dict(', '-(']), inner, inner,
        st.sampled_from([']', '}', ')', '})'])) | st.builds(
            '{{{}: {}}}'.format, inner, inner) | st.builds('dict(**{}, a={})'.format, inner, inner))


@bounded(200)
@given(st.sampled_from(['model', 'filename', '_base_', 'text', 'a.b', 'pretty_text']), PYTHON)
def test_configs(folder, name, value):
    read(folder, 'config', f'model = dict(a=1)\n{name} = {value}\n'.encode())


@pytest.mark.parametrize('text', [
    'model = ' + '-' * 500 + '1', 'model = ' + '[' * 150 + ']' * 150, 'model = {[1]}',
    'model = {{}: 1}', 'model = dict(3)', 'model = dict(**3)', 'model = 3', 'model = ' + '-' * 9000,
    'filename = 1', 'model = ' + '1+' * 3000 + '1'])
def test_configs_that_are_none(folder, text):
    error = read(folder, 'config', text.encode())
    assert error is not None
    assert 'config.pth' in error


@pytest.mark.parametrize(('key', 'value'), [
    ('meta', []), ('meta', 'x'), ('state_dict', [1]), ('message_hub', 3)])
def test_checkpoints_of_another_shape(folder, key, value):
    content = saved(lambda file: torch.save({'state_dict': {}, key: value}, file))
    error = read(folder, 'checkpoint', content)
    assert f'c.pth: its {key} is a {type(value).__name__}, expected a dict' in error


@pytest.mark.parametrize('reader', TEXTS)
@bounded(40)
@given(text=st.text(max_size=200) | st.from_regex(r'([PRT]_?[a-z0-9_]*:( [-+.e0-9]{1,8})*\n){1,5}')
       | st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
                      lambda c: st.lists(c) | st.dictionaries(
                          st.sampled_from(['K', 'data', 'intrinsic', 'extrinsic', 'fx', 'files',
                                           'format', 'cam2img']), c)).map(json.dumps))
def test_texts(folder, reader, text):
    read(folder, reader, text.encode('utf-8', 'surrogatepass'))
