"""tools/test.py: what it says of leaks and of published numbers, from training to table."""

import json
import sys

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from tiny import runner_config, write_odometry

from tools import test as test_tool
from tools.analysis_tools.make_tables import main as make_tables


@pytest.fixture
def trained(tmp_path):
    """A config file and a checkpoint that was trained on its test frames."""
    root = write_odometry(tmp_path / 'data')
    config = Config(runner_config(root, tmp_path / 'work', max_iters=1))
    config.custom_hooks = config.custom_hooks + [dict(type='SplitLeakHook')]
    path = tmp_path / 'street.py'
    config.dump(str(path))
    Runner.from_cfg(config).train()
    return str(path), str(tmp_path / 'work' / 'iter_1.pth')


def test_from_training_to_table(trained, tmp_path, monkeypatch, capsys, caplog):
    out = tmp_path / 'results' / 'street.json'
    monkeypatch.setattr(sys, 'argv', [
        'test.py', *trained, '--out', str(out), '--compare-paper', '--work-dir',
        str(tmp_path / 'test'), '--cfg-options', 'log_level=INFO'])
    test_tool.main()
    log = ''.join(path.read_text() for path in (tmp_path / 'test').rglob('*.log'))
    assert 'LEAKING TRAIN LIST: this checkpoint was trained on images' in log
    assert "The paper's tables have no row of protocol stereo with scaling median." in log

    result = json.loads(out.read_text())
    leak, = result['split_leaks']
    assert leak['shared_drives'] == ['A']
    entry, = result['measurements']
    assert (entry['protocol'], entry['scaling'], entry['num_images']) == ('stereo', 'median', 8)
    assert entry['errors']['abs_rel'] == result['metrics']['abs_rel']

    capsys.readouterr()
    assert make_tables([str(out.parent)]) == 0
    table = capsys.readouterr().out
    assert 'LEAK test images or drives' in table
    assert '| street | MS | - | stereo | 8 | median |' in table
