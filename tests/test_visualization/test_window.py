import cv2
import numpy as np
import pytest

from spidepth_mm.visualization import check_display, show_picture

PICTURE = np.zeros((4, 4, 3), np.uint8)


@pytest.fixture
def screen(monkeypatch):
    """A screen without windows: what was shown, and the key that is pressed."""
    shown = dict(key=-1, pictures=[], waits=[])
    monkeypatch.setenv('DISPLAY', ':0')
    monkeypatch.setattr(cv2, 'imshow', lambda title, image: shown['pictures'].append(image))
    monkeypatch.setattr(cv2, 'waitKey', lambda ms: shown['waits'].append(ms) or shown['key'])
    return shown


def test_pictures_are_shown_as_bgr(screen):
    assert show_picture('x', PICTURE + np.uint8([1, 2, 3]), 0.25)
    assert show_picture('x', PICTURE)
    assert screen['pictures'][0][0, 0].tolist() == [3, 2, 1]
    assert screen['waits'] == [250, 0]


@pytest.mark.parametrize(('key', 'goes_on'), [(ord('q'), False), (27, False), (ord(' '), True)])
def test_keys(screen, key, goes_on):
    screen['key'] = key
    assert show_picture('x', PICTURE) is goes_on


def test_no_screen(monkeypatch):
    monkeypatch.setattr('sys.platform', 'linux')
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RuntimeError, match='no screen'):
        check_display()


def test_a_build_without_windows(screen, monkeypatch):
    def imshow(*args):
        raise cv2.error('The function is not implemented')

    monkeypatch.setattr(cv2, 'imshow', imshow)
    with pytest.raises(RuntimeError, match='cannot show pictures here'):
        show_picture('x', PICTURE)
