"""Long runs: speed, progress, failures, Ctrl-C."""

import json

import pytest
from inference_model import picture, write_checkpoint, write_pictures, write_video

from spidepth_mm.apis import DepthInferencer, inference_run
from spidepth_mm.apis.inference_run import InferenceSummary, run_inference
from spidepth_mm.apis.prediction_writer import PredictionWriter


class Clock:
    """Seconds that pass when somebody says so."""

    def __init__(self):
        self.now = 100.

    def perf_counter(self):
        return self.now


class Slow:
    """An inferencer that takes 0.5 s to read and predict an image."""

    def __init__(self, inferencer, clock, interrupt_after=None):
        self.inferencer, self.clock, self.interrupt_after = inferencer, clock, interrupt_after

    def stream(self, inputs, batch_size):
        for number, result in enumerate(self.inferencer.stream(inputs, batch_size)):
            if number == self.interrupt_after:
                raise KeyboardInterrupt
            self.clock.now += 0.5
            yield result


@pytest.fixture(scope='module')
def inferencer(tmp_path_factory):
    path = write_checkpoint(tmp_path_factory.mktemp('weights') / 'tiny.pth')
    return DepthInferencer(path, device='cpu', show_progress=False)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(inference_run, 'time', clock)
    return clock


def test_frames_per_second_count_reading_and_writing(inferencer, tmp_path, clock, monkeypatch):
    writer = PredictionWriter(tmp_path)
    add = writer.add

    def slow_add(result):
        clock.now += 0.3
        return add(result)

    monkeypatch.setattr(writer, 'add', slow_add)
    summary = run_inference(Slow(inferencer, clock), [picture()] * 5, writer, batch_size=2,
                            progress=False)
    assert summary.num_images == 5
    assert summary.seconds == pytest.approx(5 * (0.5 + 0.3))
    assert summary.frames_per_second == pytest.approx(1.25)
    assert '5 images in 4.0 s: 1.25 frames per second' in summary.describe()


def test_a_bad_file_does_not_end_a_batch(inferencer, tmp_path, clock, capsys):
    paths = write_pictures(tmp_path / 'in', 4)
    (tmp_path / 'in' / '1.png').write_bytes(b'x')
    video = write_video(tmp_path / 'v.mp4', 3)
    summary = run_inference(Slow(inferencer, clock), [*paths, video, str(tmp_path / 'nowhere')],
                            PredictionWriter(tmp_path / 'out'), batch_size=3)
    assert summary.num_images == 6
    assert [failure.img_path for failure in summary.failures] == [
        paths[1], str(tmp_path / 'nowhere')]
    text = summary.describe()
    assert 'Inputs that failed (2):' in text
    assert f'{paths[1]}: not an image, or damaged' in text
    # Failures take time too, but are no frames.
    assert summary.frames_per_second == pytest.approx(6 / 4)
    assert '6/7' in capsys.readouterr().err
    index = json.loads((tmp_path / 'out' / 'predictions.json').read_text())
    assert len(index['predictions']) == 6
    assert len(index['failures']) == 2


def test_ctrl_c_keeps_what_is_done(inferencer, tmp_path, clock):
    summary = run_inference(
        Slow(inferencer, clock, interrupt_after=2), write_video(tmp_path / 'v.mp4', 5),
        PredictionWriter(tmp_path / 'out'), progress=False)
    assert summary.stopped
    assert 'Stopped before the end' in summary.describe()
    assert summary.num_images == 2
    assert [p.name for p in (tmp_path / 'out' / 'vis').iterdir()] == ['v.mp4']
    assert len(json.loads((tmp_path / 'out' / 'predictions.json').read_text())['predictions']) == 2


def test_max_images(inferencer, tmp_path):
    summary = run_inference(inferencer, write_video(tmp_path / 'v.mp4', 5),
                            PredictionWriter(tmp_path / 'out'), max_images=2, progress=False)
    assert summary.num_images == 2
    assert not summary.stopped


def test_show_until_q(inferencer, tmp_path, monkeypatch):
    waits = []

    def show_picture(title, shown, wait_time):
        waits.append(wait_time)
        return len(waits) < 3

    monkeypatch.setattr(inference_run, 'check_display', lambda: None)
    monkeypatch.setattr(inference_run, 'show_picture', show_picture)
    inputs = [picture(), write_video(tmp_path / 'v.mp4', 5)]
    summary = run_inference(inferencer, inputs, PredictionWriter(tmp_path / 'out'), show=True,
                            progress=False)
    assert waits == [0, 0.001, 0.001]  # a frame does not wait for a key
    assert summary.stopped
    assert summary.num_images == 3


def test_without_a_screen_nothing_is_begun(inferencer, tmp_path, monkeypatch):
    monkeypatch.setattr('sys.platform', 'linux')
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RuntimeError, match='no screen'):
        run_inference(inferencer, [picture()], PredictionWriter(tmp_path), show=True)


def test_notes_say_scale_camera_and_what_a_png_cannot_hold(inferencer, tmp_path):
    writer = PredictionWriter(tmp_path, save_png=True, save_ply=True)
    writer.num_too_far = 3
    notes = run_inference(inferencer, [picture(), picture()], writer, progress=False).notes
    assert notes[0] == 'Depth is in metres, learned from a stereo baseline.'
    assert notes[1].startswith('3 pixels deeper than 256.00')
    assert notes[2].startswith('Camera of the point clouds (2): assumed')


def test_nothing_done():
    assert InferenceSummary().frames_per_second == 0
