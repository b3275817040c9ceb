"""What users point at."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from inference_model import picture, write_pictures, write_video
from PIL import Image

from spidepth_mm.apis.input_images import (
    Failure,
    InputError,
    InputImage,
    count_images,
    describe_failures,
    find_sources,
    read_source,
    to_rgb,
)

COLOURS = np.zeros((32, 48, 3), np.uint8)
COLOURS[:, :16], COLOURS[:, 16:32], COLOURS[:, 32:] = (250, 0, 0), (0, 250, 0), (30, 60, 200)


def read_all(inputs):
    found = []
    for source in find_sources(inputs):
        found += [source] if isinstance(source, Failure) else list(read_source(source))
    return found


def read_one(path):
    item, = read_all(str(path))
    assert isinstance(item, InputImage), item
    return item.image


def failure_of(inputs):
    item, = read_all(inputs)
    assert isinstance(item, Failure)
    return str(item.error)


def middles(image):
    """The colours of three vertical bands."""
    return image[image.shape[0] // 2, [8, 24, 40]].tolist()


@pytest.mark.parametrize('name', ['x.png', 'x.tif', 'x.bmp', 'x.webp', 'x.jpg', 'ümläut 深度.png'])
def test_colour_files(tmp_path, name):
    options = dict(lossless=True) if name.endswith('webp') else dict(quality=100, subsampling=0)
    Image.fromarray(COLOURS).save(tmp_path / name, **({} if name[-3:] in ('png', 'tif', 'bmp')
                                                      else options))
    image = read_one(tmp_path / name)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image, COLOURS, atol=3)


@pytest.mark.parametrize('mode', ['CMYK', 'RGBA', 'P'])
def test_other_colour_spaces(tmp_path, mode):
    image = Image.fromarray(COLOURS).convert(mode, palette=Image.Palette.ADAPTIVE)
    if mode == 'RGBA':
        image.putalpha(10)  # transparent, and of the same colour
    path = tmp_path / ('x.jpg' if mode == 'CMYK' else 'x.png')
    image.save(path, **(dict(quality=100, subsampling=0) if mode == 'CMYK' else {}))
    np.testing.assert_allclose(middles(read_one(path)), middles(COLOURS), atol=6)


@pytest.mark.parametrize('mode', ['L', 'LA', '1', 'I;16'])
def test_grey(tmp_path, mode):
    ramp = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (32, 1))
    if mode == 'I;16':
        image = Image.fromarray(ramp.astype(np.uint16) * 256 + 255)
    else:
        image = Image.fromarray(ramp).convert(mode)
    image.save(tmp_path / 'x.png')
    read = read_one(tmp_path / 'x.png')
    assert read.shape == (32, 48, 3)
    assert (read == read[..., :1]).all()
    if mode != '1':
        np.testing.assert_array_equal(read[..., 0], ramp)


def test_16_bit_colour(tmp_path):
    cv2.imwrite(str(tmp_path / 'x.png'), COLOURS[..., ::-1].astype(np.uint16) * 257)
    np.testing.assert_array_equal(read_one(tmp_path / 'x.png'), COLOURS)


def test_exif_rotation_is_undone(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6  # the camera was held upright: turn by 90 degrees to the right
    exif.get_ifd(0x8769)[0xA405] = 50
    Image.fromarray(COLOURS).save(tmp_path / 'x.jpg', quality=100, subsampling=0, exif=exif)
    item, = read_all(str(tmp_path / 'x.jpg'))
    assert item.image.shape == (48, 32, 3)
    np.testing.assert_allclose(item.image[[8, 24, 40], 16], middles(COLOURS), atol=3)
    # The diagonal, and so the focal length, is that of the picture as stored.
    assert item.exif_focal == pytest.approx(50 * np.hypot(48, 32) / np.hypot(36, 24))


def test_one_pixel(tmp_path):
    Image.new('RGB', (1, 1), (1, 2, 3)).save(tmp_path / 'x.png')
    assert read_one(tmp_path / 'x.png').tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize('side', [14_000, 100_000])
def test_a_decompression_bomb_is_not_opened(tmp_path, side):
    """A small file that claims 196 megapixels, or 10 gigapixels."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack(
            '>I', zlib.crc32(kind + data))

    content = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0,
                                                                0))
    content += chunk(b'IDAT', zlib.compress(bytes(100))) + chunk(b'IEND', b'')
    (tmp_path / 'x.png').write_bytes(content)
    assert f'{side}x{side} pixels, more than the 178956970' in failure_of(str(tmp_path / 'x.png'))


@pytest.mark.parametrize(('content', 'reason'), [
    (b'', 'zero bytes'), (b'hello', 'not an image'), (None, 'truncated')])
def test_unreadable_images(tmp_path, content, reason):
    path, = write_pictures(tmp_path, 1)
    if content is None:
        content = (tmp_path / '0.png').read_bytes()[:200]
    (tmp_path / '0.png').write_bytes(content)
    message = failure_of(path)
    assert reason in message
    assert path in message


def test_missing_things(tmp_path):
    assert 'no such file or folder' in failure_of(str(tmp_path / 'x.png'))
    assert 'no images or videos in this folder' in failure_of(str(tmp_path))
    assert 'no file matches this pattern' in failure_of(str(tmp_path / '*.png'))
    assert 'URLs are not read' in failure_of('https://example.org/x.png')
    assert 'the list is empty' in failure_of([])


def test_a_folder(tmp_path):
    write_pictures(tmp_path, 11)
    write_pictures(tmp_path / 'deeper', 1)
    for name in ('notes.txt', '.hidden.png'):
        (tmp_path / name).write_text('x')
    names = [source.name for source in find_sources(str(tmp_path))]
    assert names == [str(i) for i in range(11)]


def test_patterns(tmp_path):
    write_pictures(tmp_path / 'a', 2)
    write_pictures(tmp_path / 'b', 2)
    sources = find_sources(str(tmp_path / '**' / '*.png'))
    assert [source.name for source in sources] == ['0', '1', '0_2', '1_2']
    (tmp_path / 'x[1].png').write_bytes((tmp_path / 'a' / '0.png').read_bytes())
    assert read_one(tmp_path / 'x[1].png').shape == (48, 80, 3)


def test_names_never_meet(tmp_path):
    for name in ('a.png', 'a.jpg', 'A.bmp', 'a_2.png'):
        (tmp_path / name).write_bytes(b'x')
    names = [s.name for s in find_sources([str(tmp_path / n) for n in
                                           ('a.png', 'a_2.png', 'a.jpg', 'A.bmp', 'a.png')])]
    assert len({name.lower() for name in names}) == 5
    assert names[:2] == ['a', 'a_2']


@pytest.mark.parametrize(('change', 'expected'), [
    (lambda x: x, lambda x: x[..., ::-1]),
    (lambda x: np.dstack([x, x[..., :1]]), lambda x: x[..., ::-1]),
    (lambda x: x[..., 0], lambda x: x[..., [0, 0, 0]]),
    (lambda x: x[..., :1], lambda x: x[..., [0, 0, 0]]),
    (lambda x: x.astype(np.uint16) * 256 + 7, lambda x: x[..., ::-1])])
def test_arrays_are_bgr(change, expected):
    array = picture()
    item, = read_all(change(array))
    np.testing.assert_array_equal(item.image, expected(array))
    assert item.img_path == ''


@pytest.mark.parametrize(('array', 'message'), [
    (np.zeros((4, 4, 3)), 'must be uint8 .* got float64. For'),
    (np.full((4, 4, 3), np.nan, np.float32), 'float32 with NaN or infinite values'),
    (np.zeros((2, 4, 4, 3), np.uint8), 'several images as a list'),
    (np.zeros((4, 4, 2), np.uint8), r'got shape \(4, 4, 2\)'),
    (np.zeros((0, 4, 3), np.uint8), 'not empty'),
    (dict(), 'but got dict'), (True, 'but got bool')])
def test_arrays_that_are_no_images(array, message):
    with pytest.raises(InputError, match=message):
        to_rgb(array)
    assert isinstance(read_all([array])[0], Failure)


def test_a_video(tmp_path):
    path = write_video(tmp_path / 'wídeo.mp4')
    items = read_all([path])
    assert [item.name for item in items] == [f'wídeo/{i:06d}' for i in range(5)]
    assert [item.image.shape for item in items] == [(48, 80, 3)] * 5
    np.testing.assert_allclose([i.image.mean() for i in items], [40, 60, 80, 100, 120], atol=6)
    assert items[3].img_path == f'{path}, frame 3'
    assert items[0].video.fps == 10
    assert count_images(find_sources([path, path, str(tmp_path / 'x.png')])) == 10


@pytest.mark.parametrize(('content', 'reason'), [
    (b'', 'zero bytes'), (b'no video at all', 'cannot open it as a video')])
def test_unreadable_videos(tmp_path, content, reason):
    (tmp_path / 'x.mp4').write_bytes(content)
    assert reason in failure_of(str(tmp_path / 'x.mp4'))


def test_a_video_without_frames(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / 'x.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 10, (64, 48))
    writer.release()
    message = failure_of(str(tmp_path / 'x.avi'))
    assert 'no frame can be decoded' in message or 'cannot open it as a video' in message


class Capture:
    """A camera, or a file that announces more frames than it has."""

    def __init__(self, frames, announced, fps=10.):
        self.frames, self.announced, self.fps, self.open = list(frames), announced, fps, True

    def isOpened(self):
        return True

    def get(self, key):
        return {cv2.CAP_PROP_FRAME_COUNT: self.announced, cv2.CAP_PROP_FPS: self.fps}[key]

    def read(self):
        return (True, self.frames.pop(0)) if self.frames else (False, None)

    def release(self):
        self.open = False


def test_a_video_that_announces_frames_and_has_none(tmp_path, monkeypatch):
    (tmp_path / 'x.mp4').write_bytes(b'x')
    monkeypatch.setattr(cv2, 'VideoCapture', lambda path: Capture([], 7))
    assert 'no frame can be decoded' in failure_of(str(tmp_path / 'x.mp4'))


def test_a_truncated_video_gives_what_it_has(tmp_path, monkeypatch):
    (tmp_path / 'x.mp4').write_bytes(b'x')
    monkeypatch.setattr(cv2, 'VideoCapture', lambda path: Capture([picture()] * 2, 7, np.nan))
    items = read_all(str(tmp_path / 'x.mp4'))
    assert len(items) == 2
    assert items[0].video.fps == 25


def test_a_webcam(monkeypatch):
    capture = Capture([picture(), picture()], -1, 0.)
    monkeypatch.setattr(cv2, 'VideoCapture', lambda index: capture if index == 3 else None)
    sources = find_sources(3)
    assert count_images(sources) == 0
    items = read_source(sources[0])
    assert next(items).name == 'webcam_3/000000'
    items.close()  # whoever stops reading frees the camera
    assert not capture.open


def test_no_such_webcam():
    assert 'there is no such camera' in failure_of(97)


def test_failures_for_people(tmp_path):
    text = describe_failures(read_all([str(tmp_path / 'x.png'), np.zeros(3)]))
    assert text.splitlines()[0].startswith(f'  {tmp_path}/x.png: no such file')
    assert text.splitlines()[1].startswith('  array: An image array must be')
    many = [Failure('x.png', ValueError('bad'))] * 103
    assert describe_failures(many).splitlines()[99:] == ['  x.png: bad', '  and 3 more']
