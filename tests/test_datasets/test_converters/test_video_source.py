"""Frames of videos and folders, and what cannot be read."""

import os
import shutil

import cv2
import numpy as np
import pytest
from recordings import SIZE, drive, texture, write_images, write_video

from spidepth_mm.datasets.converters.video_source import is_taken, iter_frames, open_recording


def test_a_video(tmp_path):
    frames = [cv2.blur(frame, (15, 15)) for frame in drive(7)]
    recording = open_recording(str(write_video(tmp_path / 'größe 1.avi', frames, fps=25)))
    assert (recording.size, recording.fps, recording.count) == (SIZE, 25., 7)
    read = list(iter_frames(recording))
    assert [frame.number for frame in read] == list(range(7))
    for frame, expected in zip(read, frames):
        assert np.abs(frame.image.astype(int) - expected).mean() < 3  # of 255, RGB not BGR


def test_a_folder_in_natural_order(tmp_path):
    recording = open_recording(str(write_images(tmp_path, drive(12))))
    assert recording.names[:3] == ('0.png', '1.png', '2.png') and recording.names[-1] == '11.png'
    assert (recording.size, recording.fps, recording.count) == (SIZE, None, 12)
    np.testing.assert_array_equal(list(iter_frames(recording))[11].image, drive(12)[11])


def test_some_of_the_frames(tmp_path):
    recording = open_recording(str(write_video(tmp_path / 'a.avi', drive(10), fps=30)))
    assert [frame.number for frame in iter_frames(recording, every=4)] == [0, 4, 8]
    assert [frame.number for frame in iter_frames(recording, fps=10)] == [0, 3, 6, 9]
    assert [frame.number for frame in iter_frames(recording, fps=20)] == [0, 2, 3, 5, 6, 8, 9]
    assert len(list(iter_frames(recording, fps=60))) == 10


def test_rates_lose_nothing_to_rounding():
    for every in range(1, 50):
        assert [n for n in range(500) if is_taken(n, 1 / every)] == list(range(0, 500, every))


def test_damaged_and_odd_images_say_why(tmp_path):
    write_images(tmp_path, drive(4))
    (tmp_path / '1.png').write_bytes(b'no image')
    cv2.imwrite(str(tmp_path / '2.png'), texture((50, 40)))
    reasons = [frame.reason for frame in iter_frames(open_recording(str(tmp_path)))]
    assert reasons == ['', 'unreadable', 'another size', '']


def test_what_is_no_recording(tmp_path):
    (tmp_path / 'text.mp4').write_bytes(b'text')
    with pytest.raises(ValueError, match=r'text.mp4: cannot be opened as a video.*ffmpeg'):
        open_recording(str(tmp_path / 'text.mp4'))
    with pytest.raises(FileNotFoundError, match='No such video or folder: absent'):
        open_recording('absent')
    os.makedirs(tmp_path / 'empty')
    with pytest.raises(ValueError, match='no images in this folder'):
        open_recording(str(tmp_path / 'empty'))
    (tmp_path / 'empty' / '0.png').write_bytes(b'no image')
    with pytest.raises(ValueError, match='none of its frames can be read'):
        open_recording(str(tmp_path / 'empty'))


def test_a_video_without_frames(tmp_path):
    """Its header says that there are some."""
    whole = write_video(tmp_path / 'whole.avi', drive(5)).read_bytes()
    cut = tmp_path / 'cut.avi'
    cut.write_bytes(whole[:whole.index(b'movi') + 4])
    with pytest.raises(ValueError, match=r'cut.avi: (none of its frames|cannot be opened)'):
        open_recording(str(cut))
    shutil.rmtree(tmp_path)
