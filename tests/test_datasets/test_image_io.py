import warnings

import cv2
import numpy as np
import pytest
from PIL import Image

from spidepth_mm.datasets import UnreadableImageError
from spidepth_mm.datasets.image_io import is_truncated, read_image


@pytest.fixture
def picture():
    """A smooth RGB picture, (40, 60, 3), that JPEG hardly changes."""
    rows, cols = np.mgrid[:40, :60]
    return np.stack([rows * 6, cols * 4, 255 - rows * 6], axis=-1).astype(np.uint8)


def test_reads_rgb(tmp_path, picture):
    path = str(tmp_path / 'a.png')
    Image.fromarray(picture).save(path)
    for backend in ('cv2', 'pillow'):
        image = read_image(path, backend)
        assert image.dtype == np.uint8
        np.testing.assert_array_equal(image, picture)
    Image.fromarray(picture).save(str(tmp_path / 'a.jpg'), quality=95)
    assert np.abs(read_image(str(tmp_path / 'a.jpg')).astype(int) - picture).mean() < 3


def test_grey_becomes_three_equal_channels(tmp_path, picture):
    path = str(tmp_path / 'a.png')
    Image.fromarray(picture[..., 0]).save(path)
    np.testing.assert_array_equal(read_image(path), np.repeat(picture[..., :1], 3, axis=2))


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
@pytest.mark.parametrize('kept', [0.02, 0.5, 0.9, 0.999])
def test_truncated_image_is_named(tmp_path, suffix, kept):
    path = tmp_path / f'a{suffix}'
    Image.fromarray(np.random.randint(0, 256, (64, 64, 3), np.uint8)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:int(kept * len(content))])
    with pytest.raises(UnreadableImageError, match=rf'a\{suffix}: truncated after \d+ bytes'):
        read_image(str(path))


def test_zero_bytes_absent_and_no_image(tmp_path):
    for name, content, reason in (('a.png', b'', 'zero bytes'), ('b.png', b'text', 'not an image'),
                                  ('c.png', None, 'No such file')):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableImageError, match=f'{name}: {reason}'):
            read_image(str(tmp_path / name))


def test_damage_inside_a_png_is_noticed(tmp_path):
    path = tmp_path / 'a.png'
    Image.fromarray(np.random.randint(0, 256, (64, 64, 3), np.uint8)).save(path)
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF  # in the compressed stream's first bytes
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableImageError, match='not an image, or damaged'):
        read_image(str(path), backend='pillow')


def test_trailing_bytes_do_not_make_a_file_truncated(picture):
    for suffix in ('.png', '.jpg'):
        content = cv2.imencode(suffix, picture)[1].tobytes()
        assert not is_truncated(content)
        assert not is_truncated(content + bytes(10000))
        assert is_truncated(content[:-1])


def test_end_of_an_embedded_thumbnail_does_not_count(picture):
    thumbnail = cv2.imencode('.jpg', picture[:8, :8])[1].tobytes()
    content = cv2.imencode('.jpg', picture)[1].tobytes()
    segment = b'\xff\xe1' + (len(thumbnail) + 2).to_bytes(2, 'big') + thumbnail
    with_thumbnail = content[:2] + segment + content[2:]
    assert not is_truncated(with_thumbnail)
    assert is_truncated(with_thumbnail[:-20])


def test_a_large_picture_is_read_without_a_warning(tmp_path, picture, monkeypatch):
    """Pillow warns of its limit at half of it."""
    Image.fromarray(picture).save(tmp_path / 'a.jpg')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 2000)  # of 2400
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert read_image(str(tmp_path / 'a.jpg')).shape == (40, 60, 3)
