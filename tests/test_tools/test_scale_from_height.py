"""From depth maps and a camera height to a factor."""

import json

import numpy as np
import pytest

from tools.analysis_tools import scale_from_height

FOCAL, SHAPE = 300., (192, 320)
CAM2IMG = [[FOCAL, 0, 159.5], [0, FOCAL, 60.], [0, 0, 1]]


def _road(height):
    below = np.maximum(np.arange(SHAPE[0]) - 60., 1e-3)
    return np.repeat((height * FOCAL / below)[:, None], SHAPE[1], 1).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """Maps in which the camera is 0.4, 0.5 and 0.52 units high, and one without a road."""
    (tmp_path / 'maps').mkdir()
    for index, depth in enumerate([*map(_road, (0.4, 0.5, 0.52)), np.full(SHAPE, 7.)]):
        np.save(tmp_path / 'maps' / f'{index}.npy', depth)
    (tmp_path / 'cam2img.json').write_text(json.dumps(dict(cam2img=CAM2IMG)))
    return tmp_path


def _run(folder, *more, height='1.5', maps='maps'):
    return scale_from_height.main([str(folder / maps), '--camera-height', height, '--intrinsics',
                                   str(folder / 'cam2img.json'), *more])


def test_factor(folder, capsys):
    assert _run(folder) == 0
    printed = capsys.readouterr().out
    assert 'factor 3: multiply the depth by it' in printed and 'median of 3 maps' in printed
    assert '3.npy: left out. No plane below the camera' in printed
    assert 'WARNING: the maps disagree' in printed
    (folder / 'maps' / '0.npy').unlink()
    assert _run(folder) == 0
    assert 'WARNING' not in capsys.readouterr().out


def test_errors(folder, capsys):
    (folder / 'empty').mkdir()
    for arguments, message in ((dict(maps='absent'), 'No such folder'),
                               (dict(maps='empty'), 'Write them with tools/infer.py --save-npy'),
                               (dict(height='0'), 'must be positive')):
        assert _run(folder, **arguments) == 2
        assert message in capsys.readouterr().err
    np.save(folder / 'maps' / '0.npy', np.ones((50, 60)))
    assert _run(folder) == 2
    assert 'outside the 60x50 pixels of 0.npy' in capsys.readouterr().err
