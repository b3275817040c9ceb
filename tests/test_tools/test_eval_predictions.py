import json

import numpy as np
import pytest
from miniatures import write_kitti
from mmengine.config import Config

from tools.analysis_tools.eval_predictions import main

DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'


@pytest.fixture
def config(tmp_path):
    entries = [(DRIVE, frame, 'l') for frame in range(2)]
    write_kitti(tmp_path / 'kitti', entries)
    (tmp_path / 'list.txt').write_text(''.join(f'{DRIVE} {frame} l\n' for _, frame, _ in entries))
    dataset = dict(type='KITTIDataset', data_root=str(tmp_path / 'kitti'),
                   ann_file=str(tmp_path / 'list.txt'), frame_offsets=(), test_mode=True,
                   pipeline=[dict(type='LoadFrames'), dict(type='LoadDepthMap'),
                             dict(type='PackDepthInputs')])
    path = tmp_path / 'mine.py'
    Config(dict(default_scope='spidepth_mm', test_dataloader=dict(dataset=dataset),
                test_evaluator=dict(type='DepthMetric'))).dump(str(path))
    return str(path)


def test_writes_the_metrics(config, tmp_path):
    maps, out = tmp_path / 'maps.npy', tmp_path / 'out.json'
    np.save(maps, np.random.RandomState(0).uniform(1, 80, (2, 16, 32)).astype(np.float32))
    main([config, str(maps), '--quiet', '--out', str(out), '--cfg-options',
          'test_evaluator.scaling=none'])
    result = json.loads(out.read_text())
    assert result['predictions'] == str(maps)
    assert result['metrics']['num_images'] == 2
    assert result['metrics']['scale_median'] == 1


def test_another_length_is_one_line(config, tmp_path, capsys):
    maps, out = tmp_path / 'maps.npy', tmp_path / 'out.json'
    np.save(maps, np.ones((3, 16, 32), np.float32))
    with pytest.raises(SystemExit):
        main([config, str(maps), '--quiet', '--out', str(out)])
    assert 'maps.npy has 3 maps, but the test set has 2 images' in capsys.readouterr().err
    assert not out.exists()
