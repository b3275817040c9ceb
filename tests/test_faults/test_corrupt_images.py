"""One image in a hundred is damaged, each in another way. CORRUPT_KINDS=200 at night."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from mutations import mutate
from tiny import HEIGHT, WIDTH, runner_config, write_odometry
from torch.utils.data import DataLoader

from spidepth_mm.datasets import ImageSequenceDataset, UnreadableImageError, bad_files
from spidepth_mm.datasets.image_io import read_image

KINDS = int(os.environ.get('CORRUPT_KINDS', 20))


def good_image(suffix: str) -> bytes:
    noise = np.random.RandomState(0).randint(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return cv2.imencode(suffix, cv2.GaussianBlur(noise, (5, 5), 0))[1].tobytes()


def is_bad(path) -> bool:
    """Whether a reader notices. Some damage gives a picture all the same, and nobody can."""
    try:
        return read_image(str(path)).shape != (HEIGHT, WIDTH, 3)
    except UnreadableImageError:
        return True


@pytest.fixture
def reported(monkeypatch):
    messages = []
    monkeypatch.setattr(bad_files, 'print_log', lambda message, **_: messages.append(message))
    return messages


def write_images(folder: Path, suffix: str) -> set:
    """100 times as many images as kinds of damage; names of those that a reader can notice."""
    folder.mkdir(parents=True)
    good = folder.parent / f'good{suffix}'
    good.write_bytes(good_image(suffix))
    for index in range(100 * KINDS):
        path = folder / f'{index:06d}{suffix}'
        if index % 100 == 50:
            path.write_bytes(mutate(good.read_bytes(), index // 100))
        else:
            os.link(good, path)  # a disk full of equal images
    return {str(path) for path in sorted(folder.iterdir())[50::100] if is_bad(path)}


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_every_bad_file_is_passed_over_and_listed_once(tmp_path, reported, suffix):
    bad = write_images(tmp_path / 'video', suffix)
    assert len(bad) > 0.6 * KINDS
    dataset = ImageSequenceDataset(
        str(tmp_path / 'video'), fov_deg=60, frame_offsets=(-1, 1),
        pipeline=[dict(type='LoadFrames'), dict(type='PackDepthInputs')])
    # Each sample of a bad file, and so each bad file three times, twice over.
    wanted = [index for index in range(len(dataset)) if index % 100 in (48, 49, 50)] * 2
    for batch in DataLoader(dataset, 2, sampler=wanted, collate_fn=list):
        assert all(sample['inputs'].shape == (3, 3, HEIGHT, WIDTH) for sample in batch)
    listed = [message.split('latest: ')[1].split(suffix)[0] + suffix for message in reported]
    assert sorted(listed) == sorted(bad)


def test_training_ends_and_lists_a_bad_file_once(tmp_path, reported, monkeypatch):
    monkeypatch.setattr(Config, 'pretty_text', 'model = None\n')
    root = write_odometry(tmp_path / 'data', num_frames=8)
    path = root / 'sequences' / 'A' / 'image_2' / '000004.png'
    path.write_bytes(mutate(path.read_bytes(), 1))
    Runner.from_cfg(Config(runner_config(
        root, tmp_path / 'run', max_iters=6, val_cfg=None, val_dataloader=None,
        val_evaluator=None))).train()
    assert (tmp_path / 'run' / 'iter_6.pth').is_file()
    message, = reported
    assert f'1 of 20 files cannot be read so far; latest: {path}: truncated' in message
