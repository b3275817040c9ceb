import os

import cv2
import numpy as np
import pytest

from spidepth_mm.datasets.video_frames import extract_frames


def _write_video(path, values, size=(64, 48)):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, size)
    if not writer.isOpened():
        pytest.skip('this build of OpenCV cannot write a video')
    for value in values:
        writer.write(np.full((size[1], size[0], 3), value, np.uint8))
    writer.release()


def test_extracts_once(tmp_path, logged):
    video = tmp_path / 'street.avi'
    _write_video(video, range(0, 200, 20))
    folder = extract_frames(str(video))
    assert folder == f'{video}.frames'
    names = sorted(name for name in os.listdir(folder) if name.endswith('.jpg'))
    assert names == [f'{number:06d}.jpg' for number in range(10)]
    values = [cv2.imread(os.path.join(folder, name)).mean() for name in names]
    np.testing.assert_allclose(values, range(0, 200, 20), atol=4)

    first = os.path.join(folder, '000000.jpg')
    os.utime(first, (0, 0))
    assert extract_frames(str(video)) == folder
    assert os.path.getmtime(first) == 0
    assert sorted(os.listdir(tmp_path)) == ['street.avi', 'street.avi.frames']


def test_a_changed_video_is_extracted_anew(tmp_path, logged):
    video, folder = tmp_path / 'street.avi', str(tmp_path / 'cache')
    _write_video(video, [0] * 5)
    assert extract_frames(str(video), folder) == folder
    _write_video(video, [100] * 3)
    extract_frames(str(video), folder)
    assert len(os.listdir(folder)) == 3 + 1


def test_does_not_overwrite_other_files(tmp_path):
    _write_video(tmp_path / 'street.avi', [0])
    (tmp_path / 'cache').mkdir()
    (tmp_path / 'cache' / 'precious').touch()
    with pytest.raises(ValueError, match='holds other files: give another cache_dir'):
        extract_frames(str(tmp_path / 'street.avi'), str(tmp_path / 'cache'))
    assert (tmp_path / 'cache' / 'precious').exists()


def test_what_is_no_video(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(b'text')
    with pytest.raises(ValueError, match=r'a.mp4: OpenCV cannot open it as a video'):
        extract_frames(str(tmp_path / 'a.mp4'))
    assert os.listdir(tmp_path) == ['a.mp4']
