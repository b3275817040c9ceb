"""The two tools, as they are called."""

import json
import sys
from pathlib import Path

import cv2
import pytest
import torch
from mmengine.config import Config
from tiny import runner_config, write_odometry

from tools import test as test_tool
from tools import train as train_tool

CONFIGS = Path(__file__).parents[2] / 'configs' / 'spidepth'


@pytest.fixture
def call(monkeypatch):
    """``call(tool, *args)`` runs a tool's ``main`` with these arguments."""
    monkeypatch.setenv('LOCAL_RANK', '0')  # which the tools set for good

    def call_tool(tool, *args):
        monkeypatch.setattr(sys, 'argv', [tool.__name__, *map(str, args)])
        tool.main()

    return call_tool


@pytest.fixture
def config(tmp_path) -> str:
    root = write_odometry(tmp_path / 'data', num_frames=4)
    cfg = Config(runner_config(root, tmp_path / 'run', max_iters=2))
    cfg.pop('work_dir')
    cfg.dump(tmp_path / 'config.py')
    return str(tmp_path / 'config.py')


def test_train_resume_and_test(call, config, tmp_path):
    work_dir = tmp_path / 'work'
    # Runs within one second would share a name, and with it their logger.
    call(train_tool, config, '--work-dir', work_dir, '--cfg-options', 'train_cfg.max_iters=1',
         'experiment_name=first')
    assert (work_dir / 'iter_1.pth').is_file()
    call(train_tool, config, '--work-dir', work_dir, '--resume', '--no-validate',
         '--cfg-options', 'experiment_name=second')
    assert torch.load(work_dir / 'iter_2.pth', weights_only=True)['meta']['iter'] == 2

    out, pictures = tmp_path / 'result.json', tmp_path / 'pictures'
    call(test_tool, config, work_dir / 'iter_2.pth', '--work-dir', work_dir, '--out', out,
         '--show-dir', pictures, '--tta', '--cfg-options', 'test_evaluator.scaling=none',
         'experiment_name=third')
    result = json.loads(out.read_text())
    assert result['metrics']['abs_rel'] > 0
    assert result['flip_tta'] is True
    assert result['evaluator']['scaling'] == 'none'
    assert cv2.imread(str(pictures / 'grid.png')) is not None


def test_mixed_precision(call, config, tmp_path):
    call(train_tool, config, '--work-dir', tmp_path / 'amp', '--amp', '--no-validate',
         '--cfg-options', 'train_cfg.max_iters=1')
    state = torch.load(tmp_path / 'amp' / 'iter_1.pth', weights_only=True)['state_dict']
    assert all(torch.isfinite(v).all() for v in state.values())


@pytest.mark.parametrize(('tool', 'args', 'message'), [
    (train_tool, ['--resume', 'nowhere.pth'], 'error: No such checkpoint: nowhere.pth'),
    (test_tool, ['nowhere.pth'], 'error: No such checkpoint: nowhere.pth'),
    (train_tool, ['--cfg-options', 'train_dataloader.dataset.data_root=nothing'],
     "no such folder: 'nothing'"),
    (train_tool, ['--cfg-options', 'model.head.bin_norm=cubic'], "Unknown bin_norm 'cubic'")])
def test_mistakes_are_answered_in_one_message(call, config, tmp_path, capsys, tool, args, message):
    with pytest.raises(SystemExit) as stopped:
        call(tool, config, *args, '--work-dir', tmp_path / 'work')
    assert stopped.value.code == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert 'Traceback' not in printed


def test_missing_test_data_are_reported_before_the_model_is_built(
        call, tmp_path, capsys, monkeypatch):
    checkpoint = tmp_path / 'x.pth'
    torch.save(dict(state_dict={}), checkpoint)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(test_tool.Runner, 'from_cfg', lambda cfg: pytest.fail('built'))
    with pytest.raises(SystemExit) as stopped:
        call(test_tool, CONFIGS / 'kitti.py', checkpoint)
    assert stopped.value.code == 1
    printed = capsys.readouterr().err
    assert "no such folder: 'data/kitti" in printed
    assert 'runs on the rendered street' in printed


def test_a_config_without_a_training_loop(call, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        call(train_tool, CONFIGS / 'make3d.py')
    assert stopped.value.code == 1
    line, = (line for line in capsys.readouterr().err.splitlines() if 'error' in line)
    assert 'make3d.py has no training loop (train_cfg): it is meant for tools/test.py' in line


def test_a_missing_config(call, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        call(train_tool, tmp_path / 'absent.py')
    assert stopped.value.code == 1
    assert 'absent.py' in capsys.readouterr().err


def test_a_checkpoint_of_another_architecture(call, config, tmp_path, capsys):
    path = tmp_path / 'other.pth'
    torch.save(dict(state_dict={'encoder.weight': torch.zeros(2)}, meta={}), path)
    with pytest.raises(SystemExit) as stopped:
        call(test_tool, config, path, '--work-dir', tmp_path / 'work')
    assert stopped.value.code == 1
    printed = capsys.readouterr().err
    assert 'does not fit the model of this config' in printed
    assert '1 unexpected in the checkpoint: encoder.weight' in printed
