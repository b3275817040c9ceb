"""Export and use, as a person does it, also where nothing of this project is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny import HEIGHT, WIDTH, tiny_model

from spidepth_mm.apis import init_model
from tools.deployment import export_onnx

ROOT = Path(__file__).resolve().parents[2]
# A Python in which the modules that users of the exported file need not have cannot be imported.
BARE = """
import runpy, sys
for name in ('torch', 'torchvision', 'mmengine', 'mmcv', 'mmpretrain', 'spidepth_mm', 'onnx'):
    sys.modules[name] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """(config, checkpoint) of a tiny model that knows its image size."""
    folder = tmp_path_factory.mktemp('model')
    torch.manual_seed(0)
    cfg = Config(dict(
        model=tiny_model(), default_scope='spidepth_mm',
        test_dataloader=dict(dataset=dict(pipeline=[
            dict(type='ResizeFrames', scale=(WIDTH, HEIGHT))]))))
    cfg.dump(folder / 'config.py')
    torch.save(dict(state_dict=init_model(cfg).state_dict()), folder / 'weights.pth')
    return str(folder / 'config.py'), str(folder / 'weights.pth')


def _photo() -> np.ndarray:
    coarse = np.random.RandomState(1).randint(0, 256, (5, 8, 3), np.uint8)
    return cv2.resize(coarse, (150, 70), interpolation=cv2.INTER_CUBIC)


def test_says_what_was_written(files, tmp_path, capsys):
    out = str(tmp_path / 'tiny.onnx')
    export_onnx.main([*files, out, '--timing', '2'])
    printed = capsys.readouterr().out
    assert f'{out}: images 32x64 (height x width), 0.' in printed
    assert 'scale_type unknown, input_range 0..1, min_depth 0.5, max_depth 30.0' in printed
    assert 'max abs diff to PyTorch: ' in printed
    assert 'PyTorch ' in printed and 'ms of wall time an image (medians of 2)' in printed
    assert os.listdir(tmp_path) == ['tiny.onnx']


def test_errors_are_one_message(files, tmp_path, capsys):
    for options, message in (
            (['--shape', '48', '64'], 'multiples of 32'),
            (['--opset', '99'], 'Valid opsets are 17 to 20'),
            (['--tolerance', '0'], 'raise --tolerance')):
        with pytest.raises(SystemExit) as stopped:
            export_onnx.main([*files, str(tmp_path / 'x.onnx'), *options])
        assert stopped.value.code == 1
        assert message in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize('input_type', ['float32', 'uint8'])
def test_standalone_inference(files, tmp_path, capsys, input_type):
    """A copy of the script with numpy, OpenCV and ONNX Runtime alone gives the model's depth."""
    export_onnx.main([*files, str(tmp_path / 'tiny.onnx'), '--input', input_type])
    script = shutil.copy(ROOT / 'tools' / 'deployment' / 'onnx_inference.py', tmp_path)
    photo = _photo()
    cv2.imencode('.png', photo)[1].tofile(tmp_path / 'straße.png')
    (tmp_path / 'broken.png').write_bytes(b'no picture')
    done = _run_bare(tmp_path, script, 'tiny.onnx', 'broken.png', 'straße.png', '--threads', '1')
    assert 'depth is up to a factor' in done.stdout
    assert done.returncode == 1
    assert '1 of 2 pictures failed: broken.png' in done.stderr
    assert 'Traceback' not in done.stderr

    model = init_model(*files)
    small = cv2.resize(photo, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    image = torch.from_numpy(small[:, :, ::-1].copy()).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        expected = torch.nn.functional.interpolate(
            model(image), (HEIGHT, WIDTH), mode='bilinear', align_corners=False)[0, 0].numpy()
    depth = np.load(tmp_path / 'depth' / 'straße_depth.npy')
    assert depth.shape == photo.shape[:2] and depth.dtype == np.float32
    np.testing.assert_allclose(
        depth, cv2.resize(expected, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR), rtol=1e-4)
    picture = cv2.imdecode(np.fromfile(tmp_path / 'depth' / 'straße_depth.png', np.uint8), 1)
    assert picture.shape == photo.shape and picture.std() > 10


def test_standalone_inference_without_a_model(tmp_path):
    script = str(ROOT / 'tools' / 'deployment' / 'onnx_inference.py')
    (tmp_path / 'bad.onnx').write_bytes(b'no model')
    for name, message in (('absent.onnx', 'No such model: absent.onnx'), ('bad.onnx', 'bad.onnx')):
        done = _run_bare(tmp_path, script, name, 'x.png')
        assert done.returncode == 1
        assert done.stderr.startswith('error: ') and message in done.stderr


def _run_bare(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    env = dict(os.environ, PYTHONPATH='', OMP_NUM_THREADS='1', PYTHONIOENCODING='utf-8')
    return subprocess.run([sys.executable, '-c', BARE, *arguments], cwd=folder, env=env,
                          capture_output=True, encoding='utf-8')
