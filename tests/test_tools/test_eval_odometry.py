import json

import numpy as np
import pytest
from mmengine.config import Config
from tiny import runner_config, write_odometry

from spidepth_mm.datasets.kitti_odometry import read_poses
from tools.analysis_tools.eval_odometry import main


@pytest.fixture
def config(tmp_path):
    root = write_odometry(tmp_path / 'data', num_frames=6)
    (root / 'poses').mkdir()
    rows = [f'1 0 0 0 0 1 0 0 0 0 1 {1.5 * frame}' for frame in range(6)]
    (root / 'poses' / 'A.txt').write_text('\n'.join(rows) + '\n')
    path = tmp_path / 'config.py'
    config = Config(runner_config(root, tmp_path / 'work'))
    config.test_dataloader.dataset.pipeline.insert(1, dict(type='ResizeFrames', scale=(64, 32)))
    config.dump(str(path))
    return path


def test_table_and_files(config, tmp_path, capsys):
    out = tmp_path / 'out'
    main([str(config), 'none', '--sequence', 'A', '--out', str(out)])
    printed = capsys.readouterr().out
    assert 'Sequence A' in printed
    assert [line.split()[0] for line in printed.splitlines()[-6:-3]] == ['none', 'scale', 'sim3']
    poses = read_poses(str(out / 'A.txt'))
    assert poses.shape == (6, 4, 4)
    np.testing.assert_array_equal(poses[0], np.eye(4))
    errors = json.loads((out / 'A.json').read_text())['errors']
    assert set(errors) == {'none', 'scale', 'sim3'}
    assert errors['sim3']['ate'] <= errors['scale']['ate']


def test_without_ground_truth(config, tmp_path, capsys):
    (tmp_path / 'data' / 'poses' / 'A.txt').unlink()
    main([str(config), 'none', '--sequence', 'A', '--out', str(tmp_path / 'out')])
    assert '6 frames; no ground truth' in capsys.readouterr().out
    assert (tmp_path / 'out' / 'A.txt').exists()


def test_missing_sequence(config, capsys):
    with pytest.raises(SystemExit):
        main([str(config), 'none', '--sequence', '09'])
    assert "No sequence '09'" in capsys.readouterr().err


def test_real_sequence(real_data, config, capsys):
    """51 frames of a street: random weights give errors, not a failure."""
    main([str(config), 'none', '--sequence', 'A', '--data-root', str(real_data / 'kitti_odometry')])
    printed = capsys.readouterr().out
    assert '51 frames' in printed
    assert 'shorter than 100 m' in printed
