import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator

from spidepth_mm.apis.results import (
    compare_all,
    describe_model,
    leak_note,
    measurements,
    other_depth_kinds,
    relevant_leaks,
)
from spidepth_mm.apis.testing import prepare_test_config, write_result
from spidepth_mm.evaluation import DepthMetric


@pytest.fixture(autouse=True)
def no_data(monkeypatch):
    """There are no data here; what is said about that is tested with the tools."""
    monkeypatch.setattr('spidepth_mm.apis.testing.check_data', lambda *args: None)


METRICS = {
    'abs_rel': 0.1, 'a1': 0.9, 'num_images': 697, 'num_excluded': 0, 'scale_median': 2.,
    'metric/abs_rel': 0.4, 'metric/num_images': 697, 'metric/num_excluded': 0}
LEAK = dict(leak=True, train='reference (KITTIDataset)', test='eigen_test (KITTIDataset)',
            shared_drives=['2011_09_26_drive_0002_sync'], summary='training sees 9 test images')


@pytest.fixture
def config(tmp_path):
    """``config()``: a KITTI config as read from a file ``kitti_tiny.py``."""

    def make(**changes):
        content = dict(
            model=dict(type='SelfSupDepthEstimator'),
            train_dataloader=dict(dataset=dict(frame_offsets=[-1, 0, 1, 's'])),
            test_dataloader=dict(dataset=dict(
                type='KITTIDataset', split='eigen_test', pipeline=[
                    dict(type='LoadFrames'), dict(type='ResizeFrames', scale=(1024, 320))])),
            test_evaluator=[
                dict(type='DepthMetric', protocol='kitti_eigen'),
                dict(type='DepthMetric', protocol='kitti_eigen', scaling='none', prefix='metric')])
        path = tmp_path / 'kitti_tiny.py'
        path.touch()
        return Config(dict(content, **changes), filename=str(path))

    return make


def test_model_of_a_config(config):
    assert describe_model(config()) == dict(name='kitti_tiny', train='MS', size='320x1024')
    for offsets, train in (([-1, 1], 'M'), (['s'], 'S'), ([], '')):
        cfg = config(train_dataloader=dict(dataset=dict(frame_offsets=offsets)))
        assert describe_model(cfg)['train'] == train
    assert describe_model(config(model=dict(type='SupervisedDepthEstimator')))['train'] == 'D'
    bare = config(train_dataloader=None, test_dataloader=dict(dataset=dict(type='Make3DDataset')))
    assert describe_model(bare) == dict(name='kitti_tiny', train='', size='')


def test_measurements(config):
    first, second = measurements(METRICS, config())
    assert first == dict(
        protocol='kitti_eigen', protocol_images=697, scaling='median', num_images=697,
        num_excluded=0, errors=dict(abs_rel=0.1, a1=0.9, scale_median=2.))
    assert (second['scaling'], second['errors']) == ('none', dict(abs_rel=0.4))
    cfg = config(test_evaluator=dict(type='spidepth_mm.DepthMetric', protocol='make3d_c1'))
    entry, = measurements(METRICS, cfg)
    assert (entry['protocol'], entry['scaling'], entry['protocol_images']) == (
        'make3d_c1', 'median', 134)
    assert measurements(METRICS, config(test_evaluator=dict(type='PoseMetric'))) == []


def test_what_the_ground_truth_measured_is_carried_where_it_is_another(config, tmp_path):
    first, second = measurements(METRICS, config(), ['camera_z', ''])
    assert first['depth_kind'] == 'camera_z'
    assert 'depth_kind' not in second
    path = tmp_path / 'result.json'
    cfg = config(load_from='x.pth')
    write_result(str(path), METRICS, cfg, ['', 'camera_z'])
    first, second = json.loads(path.read_text())['measurements']
    assert 'depth_kind' not in first
    assert second['depth_kind'] == 'camera_z'


@pytest.mark.parametrize(('kind', 'other'), [('camera_z', 'camera_z'), ('velodyne_x', ''),
                                             ('', '')])
def test_depth_kinds_of_a_finished_test(kind, other):
    evaluator = Evaluator([DepthMetric('kitti_eigen'), DepthMetric('kitti_eigen', prefix='x')])
    depth = np.full((20, 40), 5, np.float32)
    for _ in range(2):
        evaluator.process([dict(img_path='a.png', depth_kind=kind, pred_depth_map=depth,
                                gt_depth_map=depth)])
        evaluator.evaluate(1)
        assert other_depth_kinds(evaluator) == [other, other]


def test_leaks_that_concern_the_test_list(config):
    clean = dict(LEAK, leak=False)
    assert relevant_leaks([clean, LEAK], config()) == [LEAK]
    assert relevant_leaks([clean], config()) == []
    assert relevant_leaks(None, config()) == []

    def tested_on(**dataset):
        return config(test_dataloader=dict(dataset=dataset))

    # The improved ground truth is of the same drives; the odometry test and Make3D are not.
    same = tested_on(type='KITTIDataset', split='eigen_benchmark_test')
    assert relevant_leaks([LEAK], same) == [LEAK]
    other = tested_on(type='KITTIOdometryDataset', split='odometry_test_09')
    assert relevant_leaks([LEAK], other) == []
    assert relevant_leaks([LEAK], tested_on(type='ImageSequenceDataset', fov_deg=60.)) == []


@pytest.mark.parametrize('verdicts', ['leak', [1, None], [dict(leak=True)], {'leak': True}])
def test_foreign_meta_is_ignored(config, verdicts):
    assert relevant_leaks(verdicts, config()) == []


def test_leak_note():
    assert leak_note([]) == ''
    assert 'training sees 9 test images of eigen_test' in leak_note([LEAK])


def test_comparison_with_the_paper(config):
    median, metric = compare_all(METRICS, config()).split('\n\n')
    assert '> kitti_tiny' in median
    assert metric == ("The paper's tables have no row of protocol kitti_eigen with scaling none. "
                      'Its rows of this protocol have scaling median.')
    other = compare_all(METRICS, config(), ['camera_z', '']).split('\n\n')[0]
    assert other.startswith('Not put beside published numbers: this ground truth measures')
    leaking = compare_all(METRICS, config(split_leaks=[LEAK])).split('\n\n')[0]
    assert leaking.index('> kitti_tiny') > leaking.index('shares drives')


def test_results_carry_the_verdict(config, tmp_path):
    checkpoint = tmp_path / 'model.pth'
    torch.save(dict(state_dict={}, meta=dict(split_leaks=[LEAK])), checkpoint)
    cfg = config(default_scope='spidepth_mm')
    prepare_test_config(cfg, str(checkpoint))
    path = tmp_path / 'out' / 'result.json'
    write_result(str(path), dict(METRICS, a3=float('nan')), cfg)
    result = json.loads(path.read_text())
    assert result['split_leaks'] == [LEAK]
    assert result['model'] == dict(name='kitti_tiny', train='MS', size='320x1024')
    assert [entry['scaling'] for entry in result['measurements']] == ['median', 'none']
    assert result['measurements'][0]['errors']['a3'] is None
    assert result['metrics']['metric/abs_rel'] == 0.4


def test_clean_results(config, tmp_path):
    checkpoint = tmp_path / 'model.pth'
    torch.save(dict(state_dict={}, meta=dict(split_leaks=[dict(LEAK, leak=False)])), checkpoint)
    cfg = config()
    prepare_test_config(cfg, str(checkpoint))
    write_result(str(tmp_path / 'result.json'), METRICS, cfg)
    assert json.loads((tmp_path / 'result.json').read_text())['split_leaks'] == []
