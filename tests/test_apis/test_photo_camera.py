"""Cameras of pictures: given, by EXIF, assumed."""

import math

import numpy as np
import pytest
from PIL import Image

from spidepth_mm.apis.photo_camera import camera_of, exif_focal_length

IFD, FOCAL, FOCAL_35MM, PIXEL_WIDTH = 0x8769, 0x920A, 0xA405, 0xA002
PLANE_X, PLANE_UNIT = 0xA20E, 0xA210


def stored(tmp_path, tags, size=(3600, 2400)):
    exif = Image.Exif()
    exif.get_ifd(IFD).update(tags)
    Image.new('RGB', size).save(tmp_path / 'x.jpg', exif=exif)
    return str(tmp_path / 'x.jpg')


@pytest.mark.parametrize(('tags', 'size', 'expected'), [
    ({FOCAL_35MM: 50}, (3600, 2400), 5000),   # 100 pixels a millimetre of film
    ({FOCAL_35MM: 50}, (2400, 3600), 5000),
    ({FOCAL_35MM: 28, FOCAL: 4.2}, (360, 240), 280),
    # 20 mm on a sensor of 2000 pixels a centimetre, stored at half of 7200 pixels.
    ({FOCAL: 20., PLANE_X: 2000., PLANE_UNIT: 3, PIXEL_WIDTH: 7200}, (3600, 2400), 2000),
    # 508 pixels an inch are 20 a millimetre.
    ({FOCAL: 20., PLANE_X: 508., PLANE_UNIT: 2, PIXEL_WIDTH: 3600}, (3600, 2400), 400),
])
def test_exif(tmp_path, tags, size, expected):
    assert exif_focal_length(stored(tmp_path, tags, size)) == pytest.approx(expected)


@pytest.mark.parametrize('tags', [
    {}, {FOCAL_35MM: 0}, {FOCAL: 20.}, {FOCAL: 20., PLANE_X: 0.}, {FOCAL_35MM: 'x'}])
def test_exif_that_does_not_say(tmp_path, tags):
    assert exif_focal_length(stored(tmp_path, tags, (36, 24))) is None


def test_order_of_trust():
    given = np.array([[50., 0, 40], [0, 51., 20], [0, 0, 1]])
    camera = camera_of((80, 48), given, None, 70.)
    assert camera.origin == 'given'
    np.testing.assert_array_equal(camera.cam2img, given)
    camera = camera_of((80, 48), None, 90., 70.)
    assert camera.cam2img[0, 0] == pytest.approx(40)
    assert 'given horizontal field of view of 90 degrees' in camera.origin
    camera = camera_of((80, 48), exif_focal=70.)
    np.testing.assert_array_equal(camera.cam2img, [[70, 0, 39.5], [0, 70, 23.5], [0, 0, 1]])
    assert 'EXIF' in camera.origin


@pytest.mark.parametrize('size', [(80, 48), (48, 80)])
def test_assumed(size):
    camera = camera_of(size)
    assert camera.origin.startswith('assumed: a field of view of 60 degrees')
    assert camera.cam2img[0, 0] == camera.cam2img[1, 1] == pytest.approx(40 / math.tan(math.pi / 6))


def test_wrong_cameras():
    with pytest.raises(ValueError, match=r'outside the 80x48 pixels of a\.png'):
        camera_of((80, 48), [[50, 0, 400], [0, 50, 20], [0, 0, 1]], where='a.png')
    with pytest.raises(ValueError, match='either cam2img or fov_deg'):
        camera_of((80, 48), np.eye(3), 60.)
    with pytest.raises(ValueError, match='between 0 and 180'):
        camera_of((80, 48), fov_deg=180.)
