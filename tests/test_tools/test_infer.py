"""The command ``tools/infer.py``."""

import json
import os

import numpy as np
import pytest
from inference_model import inference_config, write_checkpoint, write_pictures, write_video

from spidepth_mm.apis import DepthInferencer
from tools.infer import main


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp('weights') / 'tiny.pth')


@pytest.fixture
def run(checkpoint, tmp_path):
    """``run(*arguments)`` -> exit code."""
    def run(*arguments, model=('--weights', checkpoint)):
        return main([*map(str, arguments), *model, '--out-dir', str(tmp_path / 'out'),
                     '--device', 'cpu', '--quiet'])
    return run


def test_everything(run, tmp_path, capsys):
    paths = write_pictures(tmp_path / 'in', 2)
    (tmp_path / 'K.txt').write_text('60 0 40\n0 60 24\n0 0 1\n')
    code = run(*paths, write_video(tmp_path / 'v.mp4', 3), '--batch-size', '2', '--save-png',
               '--save-npy', '--save-ply', '--intrinsics', tmp_path / 'K.txt')
    assert code == 0
    out = capsys.readouterr().out
    assert '5 images in ' in out
    assert 'Camera of the point clouds (5): given' in out
    written = {str(p.relative_to(tmp_path / 'out')) for p in (tmp_path / 'out').rglob('*.*')}
    assert {'vis/0.png', 'vis/1.png', 'vis/v.mp4', 'depth_png/1.png', 'depth_npy/v/000002.npy',
            'ply/0.ply', 'predictions.json'} <= written
    assert len(written) == 3 + 5 * 3 + 1


def test_a_bad_file_is_listed_and_the_exit_code_says_so(run, tmp_path, capsys):
    paths = write_pictures(tmp_path / 'in', 2)
    bad = tmp_path / 'in' / 'bad.jpg'
    bad.write_bytes(b'x')
    assert run(paths[0], bad, paths[1], '--save-npy', '--no-save-vis') == 1
    assert f'Inputs that failed (1):\n  {bad}: not an image, or damaged' in capsys.readouterr().out
    assert len(list((tmp_path / 'out' / 'depth_npy').iterdir())) == 2
    assert not (tmp_path / 'out' / 'vis').exists()


def test_a_config_with_weights(run, checkpoint, tmp_path):
    inference_config().dump(tmp_path / 'c.py')
    path, = write_pictures(tmp_path / 'in', 1)
    assert run(path, '--save-npy', model=('--model', str(tmp_path / 'c.py'), '--weights',
                                          checkpoint)) == 0
    depth = np.load(tmp_path / 'out' / 'depth_npy' / '0.npy')
    assert run(path, '--save-npy', model=('--model', checkpoint)) == 0
    np.testing.assert_array_equal(np.load(tmp_path / 'out' / 'depth_npy' / '0.npy'), depth)


def test_a_number_is_a_webcam_unless_it_is_a_file(run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run('97') == 1
    assert 'webcam 97: there is no such camera' in capsys.readouterr().out
    path, = write_pictures(tmp_path, 1)
    os.rename(path, '97')
    assert run('97') == 0


def test_an_empty_folder(run, tmp_path, capsys):
    (tmp_path / 'empty').mkdir()
    assert run(tmp_path / 'empty') == 1
    assert 'no images or videos in this folder' in capsys.readouterr().out
    assert json.loads((tmp_path / 'out' / 'predictions.json').read_text())['predictions'] == []


@pytest.mark.parametrize(('arguments', 'message'), [
    (['x.png', '--weights', 'nowhere.pth'], 'No such checkpoint: nowhere.pth'),
    (['x.png', '--model', 'spidepth/kiti'], "Did you mean 'spidepth/kitti'"),
    (['x.png', '--weights', 'x.pth', '--intrinsics', 'K.txt'], "No intrinsics_file 'K.txt'"),
    (['x.png', '--weights', 'x.pth', '--out-dir', os.devnull + '/out'], 'Cannot write into'),
])
def test_errors_are_one_message(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert message in error
    assert 'Traceback' not in error


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--weights', 'x.pth'], 'no inputs'), (['x.png'], 'give --model, --weights or both'),
    (['x.png', '--weights', 'x', '--batch-size', '0'], '--batch-size must be positive')])
def test_usage(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_list_models(capsys):
    assert main(['--list-models']) == 0
    assert capsys.readouterr().out.splitlines() == DepthInferencer.list_models()


def test_real_images(run, real_data, tmp_path):
    """A real street; the weights are random, so only the files are looked at."""
    pattern = real_data / 'kitti_odometry' / 'sequences' / 'A' / 'image_0' / '00000[0-2].png'
    assert run(pattern, '--batch-size', '2', '--save-npy') == 0
    assert np.load(tmp_path / 'out' / 'depth_npy' / '000001.npy').shape == (370, 1226)
