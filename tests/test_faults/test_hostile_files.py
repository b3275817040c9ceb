"""Files that were made to fill the memory, or to run code."""

import io
import os
import resource
import struct
import sys
import zipfile
import zlib

import cv2
import numpy as np
import pytest
from hostile_pickle import Payload
from scipy.io import savemat

from spidepth_mm.datasets import UnreadableImageError
from spidepth_mm.datasets.depth_io import read_depth
from spidepth_mm.datasets.image_io import read_image
from spidepth_mm.datasets.monodepth2_depths import load_gt_depths
from spidepth_mm.datasets.velodyne import read_scan
from tools import train as train_tool


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture(autouse=True)
def little_memory():
    """No bomb may take more than 200 MB."""
    before = peak_mib()
    yield
    assert peak_mib() < before + 200


def png_bomb(width, height, depth=8):
    """All zero, compressed a thousandfold."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack(
            '>I', zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + min(width, 50_000) * depth // 8)
    data = b''.join(packer.compress(row) for _ in range(min(height, 200))) + packer.flush()
    header = struct.pack('>IIBBBBB', width, height, depth, 0, 0, 0, 0)
    chunks = chunk(b'IHDR', header) + chunk(b'IDAT', data) + chunk(b'IEND', b'')
    return b'\x89PNG\r\n\x1a\n' + chunks


def jpeg_bomb(width, height):
    content = bytearray(cv2.imencode('.jpg', np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    at = content.index(b'\xff\xc0') + 5
    content[at:at + 4] = struct.pack('>HH', height, width)
    return bytes(content)


@pytest.mark.parametrize(('name', 'content'), [
    ('a.png', png_bomb(50_000, 50_000)), ('a.png', png_bomb(2**31 - 1, 2**31 - 1)),
    ('a.png', png_bomb(20_000, 20_000)), ('a.jpg', jpeg_bomb(50_000, 50_000)),
    ('a.jpg', jpeg_bomb(20_000, 20_000))])
@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_pictures_that_announce_too_much(tmp_path, name, content, backend):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableImageError) as error:
        read_image(str(path), backend)
    assert str(error.value).startswith(f'{path}: ')
    assert 'pixels, more than the' in str(error.value)


def test_a_depth_picture_that_announces_too_much(tmp_path):
    (tmp_path / 'd.png').write_bytes(png_bomb(50_000, 50_000, depth=16))
    with pytest.raises(UnreadableImageError, match=r'd\.png: its header says 50000x50000 pixels'):
        read_depth(str(tmp_path / 'd.png'))


def npy_header(shape, dtype='<f4'):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, dict(descr=dtype, fortran_order=False, shape=shape))
    return file.getvalue()


@pytest.mark.parametrize('shape', [(50_000, 50_000), (2**40, 2**20)])
def test_arrays_that_announce_too_much(tmp_path, shape):
    (tmp_path / 'd.npy').write_bytes(npy_header(shape) + bytes(100))
    with zipfile.ZipFile(tmp_path / 'd.npz', 'w') as archive:
        archive.writestr('depth.npy', npy_header(shape) + bytes(100))
    for name in ('d.npy', 'd.npz'):
        with pytest.raises(UnreadableImageError, match=rf'{name}: its header says shape'):
            read_depth(str(tmp_path / name))


def test_a_sparse_map_that_announces_too_much(tmp_path):
    np.savez(tmp_path / 'd.npz', shape=np.array([2**20, 2**20]), pixels=np.array([3], np.uint32),
             depth=np.array([1.], np.float32))
    with pytest.raises(UnreadableImageError, match='its pixels do not fit its size'):
        read_depth(str(tmp_path / 'd.npz'))


def test_arrays_of_objects_run_nothing(tmp_path):
    values = np.empty(1, dtype=object)
    values[0] = Payload(tmp_path / 'trap')
    np.save(tmp_path / 'd.npy', values)
    with pytest.raises(UnreadableImageError, match='values of type object'):
        read_depth(str(tmp_path / 'd.npy'))
    assert not (tmp_path / 'trap').exists()


def test_an_archive_that_unpacks_to_too_much(tmp_path):
    content = bytearray()
    path = tmp_path / 'gt_depths.npz'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('data.npy', npy_header((697, ), '|O') + bytes(1000))
    # The directory of the archive says 4 GB minus one; two such members would be needed to lie.
    content += path.read_bytes()
    at = content.rindex(b'PK\x01\x02') + 24
    content[at:at + 4] = struct.pack('<I', 2**32 - 2)
    path.write_bytes(content)
    load_gt_depths.cache_clear()
    with pytest.raises(UnreadableImageError, match=r'gt_depths\.npz'):
        load_gt_depths(str(path))


def test_a_laser_grid_of_another_size(tmp_path):
    savemat(tmp_path / 'g.mat', dict(Position3DGrid=np.zeros((2, 20_000, 4), np.uint8)),
            do_compression=True)
    with pytest.raises(UnreadableImageError, match=r'has shape \(2, 20000, 4\)'):
        read_depth(str(tmp_path / 'g.mat'))


@pytest.mark.parametrize('read', [read_image, read_scan, lambda path: read_depth(path + '.png')])
def test_what_is_no_file_or_never_ends(tmp_path, read):
    pipe = tmp_path / 'pipe'
    os.mkfifo(pipe)
    os.mkfifo(f'{pipe}.png')
    with pytest.raises(UnreadableImageError, match='not a regular file'):
        read(str(pipe))
    with open(tmp_path / 'huge', 'wb') as file:
        file.truncate(2**40)
    os.link(tmp_path / 'huge', tmp_path / 'huge.png')
    with pytest.raises(UnreadableImageError, match='1099511627776 bytes, more than'):
        read(str(tmp_path / 'huge'))


# Configs -------------------------------------------------------------------------


@pytest.fixture
def answer(monkeypatch, capsys):
    """``answer(tool, *args)`` -> what a tool that stops says."""
    monkeypatch.setenv('LOCAL_RANK', '0')

    def call(tool, *args):
        monkeypatch.setattr(sys, 'argv', [tool.__name__, *map(str, args)])
        with pytest.raises(SystemExit) as stopped:
            tool.main()
        assert stopped.value.code == 1
        return capsys.readouterr().err

    return call


@pytest.mark.parametrize(('name', 'content'), [
    ('config.yaml', 'model: !!python/object/apply:os.mkdir ["trap"]\n'),
    ('config.yaml', 'a: [1\n'),
    ('config.json', '{"a": '),
    ('config.py', 'model = dict(\n'),
    ('config.py', 'raise RuntimeError("no")\n'),
    ('config.toml', 'a = 1\n'),
    ('config.py', '\x00'),
    ('config.json', '[' * 100_000),
    ('config.yaml', 'a: ' + 'x' * 2_000_000)])
def test_configs_that_cannot_be_read(answer, tmp_path, monkeypatch, name, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(content)
    said = answer(train_tool, name)
    assert 'error: ' in said
    assert 'Traceback' not in said
    assert not (tmp_path / 'trap').exists()
