"""The files of docs/en/custom_components.md, as they stand there, trained together."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from short_run import shorten

from spidepth_mm.structures import SynthesizedViews

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'en' / 'custom_components.md').read_text(encoding='utf-8')
FILES = dict(re.findall(r'<!-- file: (\S+) -->\n```python\n(.*?)^```', PAGE,
                        re.MULTILINE | re.DOTALL))


@pytest.fixture(scope='module')
def mine(tmp_path_factory):
    """A folder with the page's files, on the path while the tests of this file run."""
    folder = tmp_path_factory.mktemp('own')
    (folder / 'configs').symlink_to(ROOT / 'configs')
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder


def write_frames(root, number=5, size=(128, 64)):
    """A textured wall 5 m away that passes by, three pixels a frame."""
    generator = np.random.RandomState(0)
    wall = cv2.GaussianBlur(
        generator.randint(0, 256, (size[1], size[0] + 3 * number, 3), np.uint8), (5, 5), 0)
    (root / 'depth').mkdir(parents=True)
    rows = ['image,previous,next,fx,fy,cx,cy']
    for index in range(number):
        assert cv2.imwrite(str(root / f'{index}.png'), wall[:, 3 * index:3 * index + size[0]])
        assert cv2.imwrite(str(root / 'depth' / f'{index}.png'),
                           np.full(size[::-1], 5 * 256, np.uint16))
        rows.append(f'{index}.png,{index - 1}.png,{index + 1}.png,80,80,63.5,31.5')
    (root / 'frames.csv').write_text('\n'.join(rows) + '\n')


def test_page_trains(mine, tmp_path):
    write_frames(tmp_path / 'data')
    cfg = shorten(Config.fromfile(mine / 'mine' / 'config.py'), tmp_path / 'work')
    for part in ('train', 'val', 'test'):
        cfg[f'{part}_dataloader'].dataset.data_root = str(tmp_path / 'data')
        cfg[f'{part}_dataloader'].dataset.pipeline[1].scale = (128, 64)
    runner = Runner.from_cfg(cfg)
    before = runner.model.head.conv.weight.detach().clone()
    runner.train()
    metrics = runner.test()
    # The first and the last of five frames lack a neighbour; all can be tested.
    assert len(runner.train_dataloader.dataset) == 3
    assert metrics['num_images'] == 5
    assert (runner.model.head.conv.weight != before).any()
    assert 0 < runner.message_hub.get_scalar('train/loss_gradient').current() < 2
    assert runner.message_hub.get_scalar('train/seen_share').current() > 0.5


def test_dataset_says_what_it_lacks(mine, tmp_path):
    from mine.csv_dataset import CSVDataset
    with pytest.raises(FileNotFoundError, match=r'frames\.csv is not in it'):
        CSVDataset(str(tmp_path))
    write_frames(tmp_path / 'data')
    with pytest.raises(ValueError, match=r'frame_offsets asks for \[2\]'):
        CSVDataset(str(tmp_path / 'data'), frame_offsets=(2, ))


def test_loss_by_hand(mine):
    from mine.gradient_loss import GradientLoss
    target = torch.zeros(1, 3, 2, 2)
    warped = torch.zeros(1, 2, 3, 2, 2)
    warped[0, 0, :, 0, 1] = 0.3   # a step of 0.3 to the right
    warped[0, 1, :, 1, 0] = 0.1   # a step of 0.1 down: the better source
    valid = torch.ones(1, 2, 1, 2, 2, dtype=torch.bool)
    views = SynthesizedViews(target, warped, warped, valid, torch.ones(1, 1, 2, 2))
    assert GradientLoss(2.)(views)['loss_gradient'].item() == pytest.approx(0.2)
    valid[0, 1] = False
    assert GradientLoss(2.)(views)['loss_gradient'].item() == pytest.approx(0.6)
    valid[0, 0] = False
    assert GradientLoss(2.)(views)['loss_gradient'].item() == 0
