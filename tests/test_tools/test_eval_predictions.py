import json
import sys

import mmengine
import numpy as np
import pytest
import torch
from miniatures import write_kitti
from mmengine.config import Config
from tiny import runner_config, write_odometry

from spidepth_mm.apis import init_model
from tools import test as test_tool
from tools.analysis_tools.compare_results import main as compare_results
from tools.analysis_tools.eval_predictions import main
from tools.analysis_tools.make_tables import main as make_tables

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
                test_evaluator=dict(type='DepthMetric'), load_from='not/these.pth',
                model=dict(type='SelfSupDepthEstimator', test_cfg=dict(flip_tta=True)))
           ).dump(str(path))
    return str(path)


@pytest.fixture
def maps(tmp_path):
    path = tmp_path / 'theirs.npy'
    np.save(path, np.random.RandomState(0).uniform(1, 80, (2, 16, 32)).astype(np.float32))
    return str(path)


def test_result_file(config, maps, tmp_path, capsys):
    out = tmp_path / 'new' / 'out.json'
    main([config, maps, '--quiet', '--out', str(out), '--compare-paper', '--cfg-options',
          'test_dataloader.dataset.depth_kind=camera_z'])
    result = json.loads(out.read_text())
    # Nothing of the config's own model: it was not measured.
    assert result['model'] == dict(
        name='theirs', train='', size='', predictions=maps, quantity='depth')
    assert (result['checkpoint'], result['flip_tta'], result['split_leaks']) == (None, False, [])
    entry, = result['measurements']
    assert (entry['protocol'], entry['num_images'], entry['depth_kind']) == (
        'kitti_eigen', 2, 'camera_z')
    assert 'Not put beside published numbers: this ground truth' in capsys.readouterr().out


def test_disparity(config, maps, tmp_path):
    out = tmp_path / 'out.json'
    main([config, maps, '--quiet', '--quantity', 'disparity', '--out', str(out), '--cfg-options',
          'test_evaluator.scaling=none'])
    result = json.loads(out.read_text())
    assert result['model']['quantity'] == 'disparity'
    assert result['metrics']['scale_median'] == 1
    assert result['metrics']['a1'] == 0  # at most a metre


def test_another_length_is_one_line(config, tmp_path, capsys):
    maps, out = tmp_path / 'maps.npy', tmp_path / 'out.json'
    np.save(maps, np.ones((3, 16, 32), np.float32))
    with pytest.raises(SystemExit) as error:
        main([config, str(maps), '--quiet', '--out', str(out)])
    assert error.value.code == 1
    assert 'maps.npy has 3 maps, but the test set has 2 images' in capsys.readouterr().err
    assert not out.exists()


def test_saved_predictions_are_measured_as_their_model(tmp_path, monkeypatch, capsys):
    """A model's result file and CSV, and those of its saved predictions, say the same."""
    results, maps = tmp_path / 'results', tmp_path / 'saved.npy'
    dumped, checkpoint = tmp_path / 'predictions.pkl', tmp_path / 'street.pth'
    cfg = Config(runner_config(write_odometry(tmp_path / 'data', num_frames=3), tmp_path / 'work'))
    torch.manual_seed(0)
    torch.save(dict(state_dict=init_model(cfg).state_dict(), meta={}), checkpoint)

    def config_writing(csv, *more):
        cfg.test_evaluator = [dict(type='DepthMetric', protocol='stereo',
                                   per_image_csv=str(tmp_path / csv)), *more]
        cfg.dump(str(tmp_path / 'street.py'))
        return str(tmp_path / 'street.py')

    config = config_writing('a.csv', dict(type='DumpResults', out_file_path=str(dumped)))
    monkeypatch.setattr(sys, 'argv', [
        'test.py', config, str(checkpoint), '--out', str(results / 'street.json')])
    test_tool.main()
    predicted = mmengine.load(str(dumped))
    np.save(maps, np.stack([sample['pred_depth_map']['data'][0] for sample in predicted]))
    main([config_writing('b.csv'), str(maps), '--quiet', '--out', str(results / 'saved.json')])

    model, saved = (json.loads((results / f'{name}.json').read_text())
                    for name in ('street', 'saved'))
    assert set(model) == set(saved)
    assert model['metrics'] == pytest.approx(saved['metrics'])
    assert model['measurements'][0].keys() == saved['measurements'][0].keys()
    capsys.readouterr()
    assert make_tables([str(results)]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if '| stereo | 3 |' in line]
    assert sorted(row.split(' | ')[0] for row in rows) == ['| saved', '| street']
    assert len({row.split(' | stereo | ')[1] for row in rows}) == 1
    assert compare_results([str(tmp_path / 'a.csv'), str(tmp_path / 'b.csv')]) == 0
    assert '3 images, protocol stereo, scaling median' in capsys.readouterr().out
