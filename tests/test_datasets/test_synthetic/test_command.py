"""tools/dataset_converters/synthetic_world.py"""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / 'tools' / 'dataset_converters' / 'synthetic_world.py'


@pytest.fixture(scope='module')
def command():
    spec = importlib.util.spec_from_file_location('synthetic_world_command', SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _arguments(root, seed):
    return [str(root), '--seed', str(seed), '--size', '160', '48', '--drives', '1',
            '--val-drives', '1', '--test-drives', '1', '--frames', '3', '--workers', '1',
            '--quiet']


def test_prints_a_summary(command, tiny_world, capsys):
    assert command.main(_arguments(tiny_world, 3)) == 0
    printed = capsys.readouterr().out
    assert '1 train, 1 val, 1 test' in printed and '160x48' in printed
    assert f'{tiny_world}/splits/train.txt: 2 targets' in printed


def test_says_what_is_wrong_in_one_line(command, tiny_world, capsys):
    assert command.main(_arguments(tiny_world, 4)) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and error.count('\n') == 1


def test_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        command.parse_args(['--help'])
    assert stop.value.code == 0 and 'KITTI' in capsys.readouterr().out
