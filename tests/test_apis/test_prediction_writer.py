"""Predictions as files."""

import io
import json

import cv2
import numpy as np
import pytest

from spidepth_mm.apis.depth_inferencer import DepthPrediction
from spidepth_mm.apis.input_images import Failure, InputImage, VideoInfo
from spidepth_mm.apis.prediction_writer import PredictionWriter
from spidepth_mm.datasets.depth_io import read_depth

H, W = 40, 60


def prediction(name='a', depth=None, scale_type='metric', **fields):
    depth = np.linspace(2, 50, H * W).reshape(H, W) if depth is None else depth
    image = np.full((*depth.shape, 3), 90, np.uint8)
    item = InputImage(image, name, fields.pop('img_path', f'{name}.jpg'), **fields)
    return DepthPrediction(item, depth.astype(np.float32), scale_type, None)


def index_of(folder):
    return json.loads((folder / 'predictions.json').read_text())


def read_ply(path):
    """Comments and vertices, by the format's own rules."""
    header, _, content = path.read_bytes().partition(b'end_header\n')
    lines = header.decode('ascii').splitlines()
    assert lines[:2] == ['ply', 'format binary_little_endian 1.0']
    types = {'float': '<f4', 'uchar': 'u1'}
    fields = [(line.split()[2], types[line.split()[1]]) for line in lines
              if line.startswith('property')]
    number, = (int(line.split()[2]) for line in lines if line.startswith('element vertex'))
    vertices = np.frombuffer(content, np.dtype(fields))
    assert len(vertices) == number
    return [line for line in lines if line.startswith('comment')], vertices


def test_png_is_kittis(tmp_path):
    with PredictionWriter(tmp_path, save_vis=False, save_png=True) as writer:
        writer.add(prediction())
    path = tmp_path / 'depth_png' / 'a.png'
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    assert stored[0, 0] == 512
    np.testing.assert_allclose(read_depth(str(path)), prediction().depth, atol=0.5 / 256)
    record, = index_of(tmp_path)['predictions']
    assert (record['png_scale'], record['num_too_far'], record['unit']) == (256, 0, 'metre')
    assert record['depth_range'] == [2, 50]
    assert not (tmp_path / 'vis').exists()


@pytest.mark.parametrize('scale_type', ['metric', 'unknown'])
def test_what_a_png_cannot_hold_is_none(tmp_path, scale_type):
    depth = np.array([[255.99, 256.], [1000., 0.]])
    with PredictionWriter(tmp_path, save_vis=False, save_png=True, save_npy=True) as writer:
        writer.add(prediction(depth=depth, scale_type=scale_type))
    stored = cv2.imread(str(tmp_path / 'depth_png' / 'a.png'), cv2.IMREAD_UNCHANGED)
    assert stored.tolist() == [[65533, 0], [0, 0]]
    assert writer.num_too_far == 2
    record, = index_of(tmp_path)['predictions']
    assert record['num_too_far'] == 2
    assert record['unit'] == ('metre' if scale_type == 'metric' else 'unknown')
    loaded = np.load(tmp_path / 'depth_npy' / 'a.npy')
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, depth.astype(np.float32))


def test_ply(tmp_path):
    cam2img = np.array([[30., 0, 29.5], [0, 30., 19.5], [0, 0, 1]])
    depth = np.full((H, W), 6.)
    depth[0] = 0
    with PredictionWriter(tmp_path, save_vis=False, save_ply=True, cam2img=cam2img) as writer:
        writer.add(prediction(depth=depth, scale_type='unknown'))
    comments, vertices = read_ply(tmp_path / 'ply' / 'a.ply')
    assert 'unit: unknown' in comments[0]
    assert 'camera: given' in comments[2]
    assert len(vertices) == (H - 1) * W
    first = vertices[0]  # pixel (0, 1)
    np.testing.assert_allclose([first['x'], first['y'], first['z']],
                               [(0 - 29.5) * 6 / 30, (1 - 19.5) * 6 / 30, 6], rtol=1e-6)
    assert (first['red'], first['green'], first['blue']) == (90, 90, 90)
    record, = index_of(tmp_path)['predictions']
    assert record['cam2img'] == cam2img.tolist()


@pytest.mark.parametrize(('exif_focal', 'origin', 'focal'), [
    (44., 'from the focal length in the EXIF data', 44),
    (None, 'assumed: a field of view of 60 degrees', 30 / np.tan(np.pi / 6))])
def test_a_camera_that_is_not_given_is_said(tmp_path, exif_focal, origin, focal):
    with PredictionWriter(tmp_path, save_vis=False, save_ply=True) as writer:
        writer.add(prediction(exif_focal=exif_focal))
    assert origin in read_ply(tmp_path / 'ply' / 'a.ply')[0][2]
    record, = index_of(tmp_path)['predictions']
    assert origin in record['camera']
    assert record['cam2img'][0][0] == pytest.approx(focal)


def test_a_camera_of_another_image_is_a_failure(tmp_path):
    cam2img = [[700, 0, 600], [0, 700, 180], [0, 0, 1]]
    with PredictionWriter(tmp_path, save_ply=True, cam2img=cam2img) as writer:
        assert 'outside the 60x40 pixels of a.jpg' in writer.add(prediction()).reason
    assert index_of(tmp_path)['failures'][0]['img_path'] == 'a.jpg'
    with pytest.raises(ValueError, match='either cam2img or fov_deg'):
        PredictionWriter(tmp_path, cam2img=cam2img, fov_deg=60)


def test_a_picture(tmp_path):
    with PredictionWriter(tmp_path) as writer:
        record = writer.add(prediction('ümläut'))
    assert record['files'] == dict(vis=str(tmp_path / 'vis' / 'ümläut.png'))
    content = np.frombuffer((tmp_path / 'vis' / 'ümläut.png').read_bytes(), np.uint8)
    assert cv2.imdecode(content, cv2.IMREAD_COLOR).shape[1] > 2 * W


def frames(name, number, fps=12.):
    video = VideoInfo(f'{name}.mp4', name, fps, number)
    return [prediction(f'{name}/{i:06d}', img_path=f'{name}.mp4, frame {i}', video=video,
                       depth=np.full((H, W), 3. + i)) for i in range(number)]


def test_videos_side_by_side(tmp_path):
    with PredictionWriter(tmp_path, save_npy=True) as writer:
        for result in [*frames('a', 4), prediction('still'), *frames('b', 3)]:
            assert not isinstance(writer.add(result), Failure)
    assert {p.name for p in (tmp_path / 'vis').iterdir()} == {'a.mp4', 'b.mp4', 'still.png'}
    capture = cv2.VideoCapture(str(tmp_path / 'vis' / 'a.mp4'))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(12)
    pictures = []
    while True:
        readable, frame = capture.read()
        if not readable:
            break
        pictures.append(frame)
    capture.release()
    assert len(pictures) == 4
    # The image on the left.
    assert np.abs(pictures[0][80:100, 20:60].astype(int) - 90).max() < 12
    assert (tmp_path / 'depth_npy' / 'a' / '000003.npy').is_file()
    assert len(index_of(tmp_path)['predictions']) == 8


def test_the_input_is_never_overwritten(tmp_path):
    folder = tmp_path / 'vis'
    folder.mkdir()
    (folder / 'a.png').write_bytes(b'precious')
    with PredictionWriter(tmp_path) as writer:
        failure = writer.add(prediction(img_path=str(folder / 'a.png')))
    assert 'is the input itself' in failure.reason
    assert (folder / 'a.png').read_bytes() == b'precious'


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(OSError, match=r"Cannot write into the output folder .*file/out'"):
        PredictionWriter(tmp_path / 'file' / 'out')

    def refuse(dir):
        raise PermissionError(13, 'Permission denied')

    # Permissions do not bind the superuser, who may run this.
    monkeypatch.setattr('tempfile.TemporaryFile', refuse)
    with pytest.raises(OSError, match=r'Permission denied\. Give another one'):
        PredictionWriter(tmp_path)


def test_a_full_disk_is_one_failure_and_no_half_file(tmp_path, monkeypatch):
    def save(file, array):
        raise OSError(28, 'No space left on device')

    with PredictionWriter(tmp_path, save_vis=False, save_npy=True) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(np, 'save', save)
            failure = writer.add(prediction('a'))
        assert 'No space left' in failure.reason
        writer.add(prediction('b'))
    assert [p['name'] for p in index_of(tmp_path)['predictions']] == ['b']
    assert [p.name for p in (tmp_path / 'depth_npy').iterdir()] == ['b.npy']
    assert np.load(io.BytesIO((tmp_path / 'depth_npy' / 'b.npy').read_bytes())).shape == (H, W)


def test_failures_of_others_are_listed(tmp_path):
    with PredictionWriter(tmp_path) as writer:
        writer.add(Failure('x.png', ValueError('x.png: bad')))
    assert index_of(tmp_path) == dict(
        predictions=[], failures=[dict(img_path='x.png', reason='bad')])
