"""Preparing a recording, and training on it, as docs/en/custom_video.md says."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from recordings import drive, write_images, write_video
from tiny import tiny_model

from tools.dataset_converters import video

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'en' / 'custom_video.md').read_text(encoding='utf-8')


@pytest.fixture
def street(tmp_path):
    return str(write_video(tmp_path / 'street.avi', drive(30)))


def test_prepares_and_trains(street, tmp_path, capsys):
    out = str(tmp_path / 'prepared')
    assert video.main([street, out, '--fov', '77', '--quiet']) == 0
    printed = capsys.readouterr().out
    assert '30 of 30 frames kept, in 1 uninterrupted piece' in printed
    assert '18 training and 3 validation targets' in printed
    assert 'WARNING: K is an assumption' in printed
    assert f'train_dataloader.dataset.data_root={out}' in printed
    cfg = Config.fromfile(ROOT / 'configs' / 'spidepth' / 'custom_video.py')
    cfg.merge_from_dict({
        'train_dataloader.dataset.data_root': out, 'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False, 'train_cfg.max_iters': 2,
        'train_dataloader.dataset.pipeline.1.scale': (64, 32), 'log_level': 'WARNING'})
    cfg.model = tiny_model(translation_scaling='mean_depth')
    cfg.work_dir = str(tmp_path / 'work')
    Runner.from_cfg(cfg).train()
    assert (tmp_path / 'work' / 'iter_2.pth').is_file()


def test_errors_are_one_message(street, tmp_path, capsys):
    out = str(tmp_path / 'out')
    (tmp_path / 'text.mp4').write_bytes(b'text')
    still = str(write_images(tmp_path / 'still', drive(1) * 8))
    for arguments, message in (
            ([str(tmp_path / 'absent.mp4'), out, '--fov', '80'], 'No such video or folder'),
            ([str(tmp_path / 'text.mp4'), out, '--fov', '80'], 'cannot be opened as a video'),
            ([still, out, '--fov', '80'], 'The camera does not move'),
            ([street, out, '--intrinsics', '200', '200', '700', '90'], 'principal point at (700'),
            ([street, out, '--chessboard', still, '--board-size', '9x6'], 'was found in 0 of 8')):
        assert video.main([*arguments, '--quiet']) == 2
        printed = capsys.readouterr().err
        assert printed.startswith('\nerror: ') and message in printed


@pytest.mark.parametrize('arguments', [
    [], ['--fov', '80', '--intrinsics', '1', '1', '1', '1'], ['--chessboard', 'folder'],
    ['--chessboard', 'folder', '--board-size', '9']])
def test_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        video.main(['street.mp4', 'out', *arguments])
    assert stopped.value.code == 2
    assert 'error: ' in capsys.readouterr().err


def test_the_page_names_what_exists(capsys):
    with pytest.raises(SystemExit):
        video.main(['--help'])
    known = set(re.findall(r'--[a-z-]+', capsys.readouterr().out))
    commands = re.findall(r'converters/video\.py (?:[^\n]*\\\n)*[^\n]*', PAGE)
    used = {option for command in commands for option in re.findall(r'--[a-z-]+', command)}
    assert used == {'--intrinsics'}
    named = set(re.findall(r'`(--[a-z-]+)', PAGE))
    assert named and named <= known
    for path in set(re.findall(r'(?:configs|tools)/[\w/]+\.py', PAGE)):
        assert (ROOT / path).is_file(), path
