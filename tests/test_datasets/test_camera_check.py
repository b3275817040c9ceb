import json

import numpy as np
import pytest

from spidepth_mm.datasets.camera_check import (
    cam2img_from_fov,
    check_cam2img,
    check_camera_size,
    read_intrinsics,
)

K = [[100.0, 0, 63], [0, 101, 31], [0, 0, 1]]


@pytest.mark.parametrize('name, text', [
    ('k.txt', '100 0 63\n0 101 31\n0 0 1\n'),
    ('k.txt', '100 0 63 0 101 31 0 0 1\n'),
    ('k.json', json.dumps(K)),
    ('k.json', json.dumps(dict(cam2img=K, other=3))),
    ('k.yaml', 'K: [100.0, 0, 63, 0, 101, 31, 0, 0, 1]\n'),
    ('k.yml', 'camera_matrix:\n  rows: 3\n  cols: 3\n  data: [100, 0, 63, 0, 101, 31, 0, 0, 1]\n'),
])
def test_reads_intrinsics(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    np.testing.assert_array_equal(read_intrinsics(str(tmp_path / name)), K)


@pytest.mark.parametrize('name, text', [
    ('k.txt', '1 2 3\n'), ('k.txt', 'a b c\n'), ('k.json', '{"fx": 3}'), ('k.json', '[[1, 2]]')])
def test_says_what_a_file_must_hold(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=rf'{name}: expected a 3x3 matrix fx 0 cx'):
        read_intrinsics(str(tmp_path / name))
    with pytest.raises(FileNotFoundError, match='No intrinsics_file'):
        read_intrinsics(str(tmp_path / f'no_{name}'))


def test_field_of_view():
    cam2img = cam2img_from_fov(90, (640, 480))
    np.testing.assert_allclose(cam2img, [[320, 0, 319.5], [0, 320, 239.5], [0, 0, 1]])
    # The image's left edge, half a pixel beyond the first centre, is seen at 45 degrees.
    assert (-0.5 - cam2img[0, 2]) / cam2img[0, 0] == pytest.approx(-1)
    with pytest.raises(ValueError, match='between 0 and 180 degrees, but got 180'):
        cam2img_from_fov(180, (640, 480))


def test_accepts_what_fits():
    cam2img = check_cam2img(K, (128, 64), 'a.png')
    assert cam2img.dtype == np.float64
    np.testing.assert_array_equal(cam2img, K)


@pytest.mark.parametrize('cam2img, message', [
    (K[:2], r'finite 3x3 matrix .* got shape \(2, 3\)'),
    (np.full((3, 3), np.nan), 'finite 3x3 matrix'),
    (np.transpose(K), 'must be fx 0 cx / 0 fy cy / 0 0 1 in pixels'),
    ([[-100, 0, 63], [0, 100, 31], [0, 0, 1]], 'must be fx 0 cx'),
    ([[0.58, 0, 0.5], [0, 1.92, 0.5], [0, 0, 1]], 'looks normalised .* by the width 128'),
    ([[100, 0, 200], [0, 100, 31], [0, 0, 1]], r'at \(200, 31\), outside the 128x64 pixels of a'),
    ([[100, 0, 63], [0, 100, 64], [0, 0, 1]], 'for another image size'),
])
def test_refuses_what_cannot_be(cam2img, message):
    with pytest.raises(ValueError, match=message):
        check_cam2img(cam2img, (128, 64), 'a.png')


def test_gives_the_rescaled_matrix():
    check_camera_size(None, (32, 64), 'a.png')
    check_camera_size((64, 32), (32, 64), 'a.png')
    with pytest.raises(ValueError) as error:
        check_camera_size((128, 64), (32, 64), 'a.png', np.array(K))
    message = str(error.value)
    assert 'for images of 128x64 pixels, but a.png is 64x32' in message
    # 100 / 2, (63 + 0.5) / 2 - 0.5, ...
    assert 'cam2img=[[50.0, 0.0, 31.25], [0.0, 50.5, 15.25], [0.0, 0.0, 1.0]]' in message
    assert 'camera_size=(64, 32)' in message
