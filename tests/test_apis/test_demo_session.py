"""What the web page does, without the page."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from inference_model import write_checkpoint, write_pictures

from spidepth_mm.apis import demo_session
from spidepth_mm.apis.demo_session import DemoSession, named_models


@pytest.fixture
def session(tmp_path):
    models = {name: (write_checkpoint(tmp_path / f'{name}.pth', scale_type=name), None)
              for name in ('stereo', 'unknown')}
    session = DemoSession(models, 'cpu')
    yield session
    session.close()


@pytest.fixture
def image(tmp_path):
    return write_pictures(tmp_path / 'in', 1)[0]


def test_a_result(session, image):
    result = session.predict(image, 'stereo')
    depth = cv2.imread(result.depth_png, cv2.IMREAD_UNCHANGED)
    assert (depth.dtype, depth.shape) == (np.uint16, (48, 80))
    assert Path(result.point_cloud).read_bytes().startswith(b'ply\n')
    assert cv2.imread(result.picture).shape[1] > 160
    assert 'in metres, learned from a stereo baseline' in result.text
    assert 'assumed: a field of view of 60 degrees' in result.text
    assert '80x48 pixels, depth from ' in result.text


def test_models_and_cameras_are_chosen(session, image):
    text = session.predict(image, 'unknown', 90).text
    assert 'Depth is relative' in text
    assert 'horizontal field of view of 90 degrees' in text
    first = session.load('unknown')
    assert session.load('unknown') is first
    assert session.load('stereo') is not first


def test_bad_input_is_a_message(session, image, tmp_path):
    with pytest.raises(ValueError, match='Choose an image'):
        session.predict(None, 'stereo')
    with pytest.raises(ValueError, match=r"Unknown model 'x'\. Choose one of stereo, unknown"):
        session.predict(image, 'x')
    with pytest.raises(ValueError, match='between 0 and 180 degrees, but is 200'):
        session.predict(image, 'stereo', 200)
    (tmp_path / 'bad.png').write_bytes(b'x')
    with pytest.raises(ValueError, match='cannot be used: not an image'):
        session.predict(str(tmp_path / 'bad.png'), 'stereo')


def test_old_results_are_removed(session, image, monkeypatch):
    monkeypatch.setattr(demo_session, '_KEPT_RESULTS', 2)
    pictures = [Path(session.predict(image, 'stereo').picture) for _ in range(3)]
    assert [path.exists() for path in pictures] == [False, True, True]
    session.close()
    assert not pictures[-1].exists()


def test_names_of_models():
    named = named_models(['runs/a/best.pth', 'runs/b/best.pth', './runs/b/best.pth', 'kitti'])
    assert list(named) == ['a/best', 'b/best', 'b/best (3)', 'kitti']
    assert named['a/best'] == ('runs/a/best.pth', None)
    assert named_models(['c.py'], ['w/x.pth']) == {'w/x': ('c.py', 'w/x.pth')}
    with pytest.raises(ValueError, match='2 models and 1 weights'):
        named_models(['a', 'b'], ['c'])
