"""A recording becomes a folder that ImageSequenceDataset reads, whole or not at all."""

import json
import os

import cv2
import numpy as np
import pytest
from recordings import CAM2IMG, SIZE, drive, texture, write_images, write_video

from spidepth_mm.datasets import ImageSequenceDataset
from spidepth_mm.datasets.converters import video
from spidepth_mm.datasets.converters.video import VideoOptions, convert_video
from spidepth_mm.datasets.converters.video_camera import Camera, make_camera
from spidepth_mm.datasets.converters.video_filter import FilterSettings
from spidepth_mm.datasets.converters.video_source import open_recording
from spidepth_mm.datasets.image_io import read_image
from spidepth_mm.datasets.transforms.geometric import resize_image

INTRINSICS = (CAM2IMG[0, 0], CAM2IMG[1, 1], CAM2IMG[0, 2], CAM2IMG[1, 2])
OPTIONS = VideoOptions(gap=1, val_share=0.2, image_format='png')


def _convert(frames, tmp_path, options=OPTIONS, out='out', **camera):
    recording = open_recording(str(frames if not isinstance(frames, list) else write_images(
        tmp_path / 'recording', frames)))
    camera = make_camera(recording.size, INTRINSICS, **camera)
    return convert_video(recording, str(tmp_path / out), camera, options, progress=False)


def test_what_the_dataset_reads(tmp_path):
    """Neighbours are frames that were kept; K is that of the stored images."""
    street = drive(20)
    frames = [*street[:10], *[street[9]] * 5, *street[10:]]
    findings = _convert(frames, tmp_path, scale=(160, 96))
    root = str(tmp_path / 'out')
    options = dict(data_root=root, intrinsics_file='cam2img.json', missing='error')
    train = ImageSequenceDataset(split='train', **options)
    val = ImageSequenceDataset(split='val', frame_offsets=(-1, 1), **options)
    assert (len(train), len(val)) == (len(findings.split.train), len(findings.split.val)) == (11, 4)
    names = [[os.path.basename(path) for path in (*info['source_paths'], info['img_path'])]
             for info in map(train.get_data_info, range(len(train)))]
    assert names[0] == ['000000.png', '000002.png', '000001.png']
    assert ['000008.png', '000015.png', '000009.png'] in names  # 10 to 14 stand still
    info = train.get_data_info(0)
    expected = CAM2IMG * [[0.5], [0.5], [1]]
    expected[:2, 2] -= 0.25
    np.testing.assert_allclose(info['cam2img'], expected)
    np.testing.assert_array_equal(read_image(info['img_path']), resize_image(street[1], (160, 96)))

    content = json.loads((tmp_path / 'out' / 'frames.json').read_text())
    dropped = [frame['number'] for frame in content['frames'] if frame['dropped']]
    assert dropped == [10, 11, 12, 13, 14]


def test_a_video_file(tmp_path):
    path = write_video(tmp_path / 'straße.avi', drive(24), fps=24)
    findings = _convert(path, tmp_path, OPTIONS._replace(fps=12, image_format='jpg'))
    assert [verdict.number for verdict in findings.verdicts] == list(range(0, 24, 2))
    assert sorted(name for name in os.listdir(tmp_path / 'out') if name.endswith('.jpg')) == [
        f'{number:06d}.jpg' for number in range(0, 24, 2)]


def test_report(tmp_path):
    street = drive(30, strip=48)
    street[5] = cv2.blur(street[5], (21, 21))
    _convert([np.zeros_like(street[0]), *street], tmp_path)
    folder = tmp_path / 'out' / 'report'
    assert sorted(os.listdir(folder)) == [
        'dropped.jpg', 'fixed.jpg', 'flow.jpg', 'index.html', 'kept.jpg', 'motion.png',
        'points.jpg', 'timeline.png']
    page = (folder / 'index.html').read_text(encoding='utf-8')
    assert '--crop-bottom 0.25' in page and 'blurred</td><td>1</td>' in page
    assert 'featureless</td><td>1</td>' in page and 'kept</td><td>29</td>' in page
    fixed = read_image(str(folder / 'fixed.jpg')).astype(int)
    red = fixed[..., 0] - fixed[..., 1]
    assert red[300:].mean() > 60 and abs(red[:200].mean()) < 5
    line = read_image(str(folder / 'timeline.png'))[0]
    assert tuple(line[0]) == (40, 40, 40) and tuple(line[-1]) == (46, 139, 87)


def test_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    frames = drive(20)
    encode, done = video.encode, []

    def stop_after_six(*arguments):
        if len(done) == 6:
            raise OSError(28, 'No space left on device')
        done.append(1)
        return encode(*arguments)

    monkeypatch.setattr(video, 'encode', stop_after_six)
    with pytest.raises(OSError, match='No space left'):
        _convert(frames, tmp_path)
    out = tmp_path / 'out'
    assert sorted(os.listdir(out)) == [f'{n:06d}.png' for n in range(6)] + ['image_cache.json']
    os.utime(out / '000003.png', (1, 1))
    monkeypatch.setattr(video, 'encode', encode)
    _convert(frames, tmp_path)
    assert os.path.getmtime(out / '000003.png') == 1
    whole = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    _convert(frames, tmp_path, out='at once')
    for name, content in whole.items():
        assert (tmp_path / 'at once' / name).read_bytes() == content, name


def test_other_settings_need_another_folder(tmp_path):
    frames = drive(20)
    _convert(frames, tmp_path)
    with pytest.raises(ValueError, match=r'was made with min_motion 0.0025'):
        _convert(frames, tmp_path, OPTIONS._replace(filter=FilterSettings(min_motion=0.01)))


def test_other_images_stay_where_they_are(tmp_path):
    write_images(tmp_path / 'out', [texture(SIZE)])
    with pytest.raises(ValueError, match=r'holds other images. Choose another folder'):
        _convert(drive(5), tmp_path)
    assert os.listdir(tmp_path / 'out') == ['0.png']
    with pytest.raises(ValueError, match='needs a folder of its own'):
        _convert(tmp_path / 'recording', tmp_path, out='recording')
    _convert(drive(20), tmp_path, out='mine')
    write_images(tmp_path / 'mine', [texture(SIZE)])
    with pytest.raises(ValueError, match=r'1 images that are not of this recording, such as 0.png'):
        _convert(drive(20), tmp_path, out='mine')


@pytest.mark.parametrize('frames, message', [
    ([texture(SIZE)] * 12, r'1 of 12 frames are usable.*11 static.*camera does not move'),
    ([texture(SIZE)], r'1 of 1 frames are usable, at least 3 are needed\. Give a longer'),
    ([np.zeros((192, 320, 3), np.uint8)] * 4, '4 featureless'),
    (drive(8), '8 frames were kept, .* none is left to train on'),
])
def test_recordings_that_teach_nothing(frames, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        _convert(frames, tmp_path, OPTIONS._replace(gap=5))
    assert not {'train.txt', 'frames.json'} & set(os.listdir(tmp_path / 'out'))


@pytest.mark.parametrize('changes, message', [
    (dict(every=0), '--every must be at least 1'),
    (dict(fps=-1), '--fps must be positive'),
    (dict(fps=5), 'does not. Give --every N instead'),
    (dict(image_format='gif'), 'Valid formats are jpg, png'),
    (dict(quality=0), r'quality must lie in \[1, 100\]'),
    (dict(val_share=0.9), '--val-share'),
])
def test_impossible_options(changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        _convert(drive(12), tmp_path, OPTIONS._replace(**changes))


def test_the_report_shows_the_lens(tmp_path):
    recording = open_recording(str(write_images(tmp_path / 'recording', drive(12))))
    maps = cv2.initUndistortRectifyMap(
        CAM2IMG, np.array([-0.2, 0, 0, 0, 0]), None, CAM2IMG, SIZE, cv2.CV_16SC2)
    camera = Camera(CAM2IMG, SIZE, 'test', SIZE[1], maps)
    convert_video(recording, str(tmp_path / 'out'), camera, OPTIONS, progress=False)
    left, right = np.hsplit(read_image(str(tmp_path / 'out/report/lens.jpg')), 2)
    assert np.abs(left.astype(int) - right).mean() > 10
