import json
import logging
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import PixelData

from spidepth_mm.evaluation import DepthMetric, evaluate_depth
from spidepth_mm.evaluation.depth_errors import ERROR_NAMES
from spidepth_mm.evaluation.per_image_csv import read_per_image_csv
from spidepth_mm.registry import METRICS
from spidepth_mm.structures import DepthDataSample

ROOT = Path(__file__).resolve().parents[2]


def make_maps(count=5, shape=(40, 90), seed=0):
    """Predictions of unknown scale with noise, and sparse ground truth."""
    rng = np.random.default_rng(seed)
    gts = rng.uniform(2, 70, (count, *shape)).astype(np.float32)
    preds = (gts * rng.uniform(0.7, 1.4, gts.shape)).astype(np.float32)
    preds *= rng.uniform(0.2, 0.5, (count, 1, 1)).astype(np.float32)
    gts[rng.random(gts.shape) > 0.3] = 0
    return preds, gts


def make_sample(pred, gt=None, name='image.png'):
    sample = DepthDataSample(metainfo=dict(img_path=name))
    sample.pred_depth_map = PixelData(data=torch.from_numpy(pred)[None])
    if gt is not None:
        sample.gt_depth_map = PixelData(data=torch.from_numpy(gt)[None])
    return sample


def run(metric, samples, data_batch=None):
    evaluator = Evaluator(metric)
    evaluator.process(data_samples=samples, data_batch=data_batch)
    return evaluator.evaluate(len(samples))


@pytest.fixture
def log():
    """The text of mmengine's log."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f'{record.levelname} {record.getMessage()}')
    logger = MMLogger.get_instance('test_depth_metric')
    logger.addHandler(handler)
    return lines


def test_means_of_evaluate_depth():
    preds, gts = make_maps()
    expected = [evaluate_depth(pred, gt, 'stereo') for pred, gt in zip(preds, gts)]
    metrics = run(DepthMetric('stereo'), [make_sample(*maps) for maps in zip(preds, gts)])
    assert list(metrics)[0] == 'abs_rel'
    for name in ERROR_NAMES:
        assert metrics[name] == pytest.approx(np.mean([result[name] for result in expected]))
    scales = np.array([result['scale'] for result in expected])
    assert metrics['scale_median'] == pytest.approx(np.median(scales))
    assert metrics['scale_std'] == pytest.approx(np.std(scales / np.median(scales)))
    assert (metrics['num_images'], metrics['num_excluded']) == (5, 0)


def test_reference_means(kitti):
    samples = [make_sample(*maps) for maps in zip(kitti.preds, kitti.gts)]
    metrics = run(DepthMetric(), samples)
    assert {name: metrics[name] for name in kitti.means} == pytest.approx(kitti.means, rel=1e-6)


def test_built_from_a_config_of_another_scope():
    from mmengine.registry import METRICS as ROOT_METRICS
    metric = ROOT_METRICS.build(dict(type='spidepth_mm.DepthMetric', protocol='make3d_c1'))
    assert isinstance(metric, METRICS.get('DepthMetric'))
    assert metric.scaling == 'median'


def test_prefix():
    preds, gts = make_maps(2)
    samples = [make_sample(*maps) for maps in zip(preds, gts)]
    assert 'depth/abs_rel' in run(DepthMetric('stereo', prefix='depth'), samples)


def test_accepts_what_other_projects_pass():
    """Plain dicts and arrays, (H, W) maps, ground truth that stayed in the batch, bfloat16."""
    preds, gts = make_maps(1)
    expected = run(DepthMetric('stereo'), [make_sample(preds[0], gts[0])])
    metric = DepthMetric('stereo')
    metric.process(None, [dict(pred_depth_map=preds[0], gt_depth_map=dict(data=gts[0]))])
    assert metric.evaluate(1) == expected
    batch = dict(data_samples=[make_sample(preds[0], gts[0])])
    assert run(DepthMetric('stereo'), [make_sample(preds[0])], batch) == expected
    coarse = torch.from_numpy(preds[0]).bfloat16()
    metric.process(None, [dict(pred_depth_map=coarse, gt_depth_map=gts[0])])
    assert metric.evaluate(1)['abs_rel'] == pytest.approx(expected['abs_rel'], rel=1e-2)


def test_images_without_ground_truth_are_excluded_and_counted(log, tmp_path):
    preds, gts = make_maps(4)
    samples = [make_sample(*maps) for maps in zip(preds, gts)]
    samples[1] = make_sample(preds[1], name='none.png')
    samples[2] = make_sample(preds[2], np.zeros_like(gts[2]), name='empty.png')
    path = tmp_path / 'r.csv'
    metrics = run(DepthMetric('stereo', per_image_csv=str(path)), [
        sample.set_metainfo(dict(img_path=f'{i}.png')) or sample
        for i, sample in enumerate(samples)
    ])
    kept = run(DepthMetric('stereo'), [samples[0], samples[3]])
    assert all(math.isfinite(value) for value in metrics.values())
    assert (metrics.pop('num_images'), metrics.pop('num_excluded')) == (2, 2)
    assert metrics == {key: kept[key] for key in metrics}
    assert '2 images, excluded: 1 without a valid pixel, 1 without ground truth' in log[0]
    read = read_per_image_csv(path)
    assert read.names == ('0.png', '1.png', '2.png', '3.png')
    assert (read.values['num_valid'] > 0).tolist() == [True, False, False, True]
    assert np.nanmean(read.values['abs_rel']) == pytest.approx(metrics['abs_rel'])


def test_nothing_to_evaluate():
    preds, _ = make_maps(2)
    with pytest.raises(ValueError, match=r'None of 2 images.*2 without ground truth'):
        run(DepthMetric('stereo'), [make_sample(pred) for pred in preds])


def test_global_median_shares_one_factor():
    preds, gts = make_maps()
    samples = [make_sample(*maps) for maps in zip(preds, gts)]
    own = [evaluate_depth(pred, gt, 'stereo') for pred, gt in zip(preds, gts)]
    shared = np.median([result['scale'] for result in own])
    metrics = run(DepthMetric('stereo', scaling='global_median'), samples)
    expected = [
        evaluate_depth((pred * shared).astype(np.float32), gt, 'stereo', scaling='none')
        for pred, gt in zip(preds, gts)
    ]
    for name in ERROR_NAMES:
        mean = np.mean([result[name] for result in expected])
        assert metrics[name] == pytest.approx(mean, rel=1e-5)
    assert metrics['scale_median'] == shared
    # The spread is that of the images' own factors, or it would always be 0.
    assert metrics['scale_std'] > 0.1


def test_baselines_stand_in_the_table(log):
    """On depth that depends on the row alone, the row median is perfect."""
    gt = np.tile(np.linspace(60, 3, 40, dtype=np.float32)[:, None], (1, 90))
    metrics = run(DepthMetric('stereo', baselines=True), [make_sample(gt * 2, gt)] * 3)
    assert metrics['row_median_abs_rel'] == pytest.approx(0, abs=1e-6)
    constant = evaluate_depth(np.ones_like(gt), gt, 'stereo')['abs_rel']
    assert metrics['constant_abs_rel'] == pytest.approx(constant)
    assert constant > 0.3
    table = log[0]
    assert 'constant depth *' in table
    assert 'median depth per row *' in table
    assert '* needs no learning; fitted on the test ground truth itself' in table


def test_confidence_interval(log):
    preds, gts = make_maps()
    samples = [make_sample(*maps) for maps in zip(preds, gts)]
    metrics = run(DepthMetric('stereo', ci=0.9), samples)
    for name in ERROR_NAMES:
        assert metrics[f'{name}_ci_low'] <= metrics[name] <= metrics[f'{name}_ci_high']
    assert metrics['abs_rel_ci_low'] < metrics['abs_rel_ci_high']
    assert metrics == run(DepthMetric('stereo', ci=0.9), samples)
    assert '90% interval' in log[0]


def test_log_says_protocol_scaling_and_count(log):
    preds, gts = make_maps(2)
    samples = [make_sample(*maps) for maps in zip(preds, gts)]
    run(DepthMetric('kitti_eigen', scaling='least_squares'), samples)
    for part in ('kitti_eigen: ', 'velodyne x', 'scaling least_squares', '2 images', 'abs_rel'):
        assert part in log[0]
    assert log[1].startswith('WARNING')
    assert '697 images, but 2 were evaluated' in log[1]
    log.clear()
    run(DepthMetric('stereo'), samples)
    assert len(log) == 1


@pytest.mark.parametrize('arguments, message', [
    (dict(protocol='kiti'), "Unknown protocol 'kiti'.*kitti_eigen"),
    (dict(scaling='mean'), "Unknown scaling 'mean'.*global_median"),
    (dict(ci=95), 'between 0 and 1, but got 95'),
])
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        DepthMetric(**arguments)


def test_wrong_samples_are_named():
    preds, gts = make_maps(1)
    bad = preds[0].copy()
    bad[20:, 40] = np.nan
    with pytest.raises(ValueError, match=r'^x/7.png: The prediction is NaN'):
        run(DepthMetric('stereo'), [make_sample(bad, gts[0], name='x/7.png')])
    with pytest.raises(ValueError, match=r'x/7.png has no pred_depth_map'):
        DepthMetric('stereo').process(None, [dict(img_path='x/7.png', gt_depth_map=gts[0])])
    with pytest.raises(ValueError, match=r'pred_depth_map must have shape \(1, H, W\)'):
        DepthMetric('stereo').process(None, [dict(pred_depth_map=np.ones((3, 4, 4)))])


WORKER = """
import faulthandler, json, sys
faulthandler.dump_traceback_later(100, exit=True)  # a process that waits says where
import torch.distributed
sys.path.insert(0, sys.argv[4])
from test_depth_metric import DepthMetric, make_maps, make_sample
rank, folder, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
torch.distributed.init_process_group(
    'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
preds, gts = make_maps(count)
gts[1] = 0
metric = DepthMetric('stereo', scaling='global_median', baselines=True, ci=0.95,
                     per_image_csv=f'{folder}/distributed.csv')
with_extra = DepthMetric('stereo', prefix='extra', extra=['ranges'])
for index in range(rank, count + count % 2, 2):
    index %= count  # as mmengine's sampler fills the last round
    for each in (metric, with_extra):
        each.process(None, [make_sample(preds[index], gts[index], f'{index}.png').to_dict()])
metrics = dict(metric.evaluate(count), **with_extra.evaluate(count))
with open(f'{folder}/{rank}.json', 'w') as file:
    json.dump(metrics, file)
# Else a process that ends first may abort the other.
torch.distributed.barrier()
torch.distributed.destroy_process_group()
"""


def test_two_processes_give_the_same_as_one(tmp_path):
    count = 5
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')
    processes = [
        subprocess.Popen(
            [sys.executable, '-c', WORKER, str(rank), str(tmp_path), str(count),
             str(Path(__file__).parent)],
            env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    errors = '\n'.join(process.communicate(timeout=200)[1] for process in processes)
    assert [process.returncode for process in processes] == [0, 0], errors
    preds, gts = make_maps(count)
    gts[1] = 0
    metrics = [DepthMetric('stereo', scaling='global_median', baselines=True, ci=0.95,
                           per_image_csv=str(tmp_path / 'single.csv')),
               DepthMetric('stereo', prefix='extra', extra=['ranges'])]
    expected = run(metrics, [make_sample(preds[i], gts[i], f'{i}.png') for i in range(count)])
    assert 'extra/abs_rel_10_20m' in expected
    for rank in range(2):
        assert json.loads((tmp_path / f'{rank}.json').read_text()) == expected
    texts = [(tmp_path / f'{name}.csv').read_text() for name in ('single', 'distributed')]
    assert texts[0] == texts[1]


def test_baselines_of_the_real_street(real_data):
    """The numbers that a model trained on this street has to beat."""
    import cv2
    paths = sorted((real_data / 'kitti_odometry/sequences/A/depth_stereo').glob('*.png'))
    metric = DepthMetric('stereo', baselines=True)
    for path in paths:
        gt = cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(np.float32) / 256
        metric.process(None, [dict(pred_depth_map=np.ones_like(gt), gt_depth_map=gt)])
    metrics = metric.evaluate(len(paths))
    assert metrics['num_images'] == 11
    assert metrics['abs_rel'] == pytest.approx(0.4417, abs=5e-5)
    assert metrics['constant_abs_rel'] == pytest.approx(0.4417, abs=5e-5)
    assert metrics['row_median_abs_rel'] == pytest.approx(0.2479, abs=5e-5)


@pytest.mark.parametrize('kind, words, warns', [
    ('velodyne_x', 'depth is velodyne x', False), ('camera_z', 'camera z', True)])
def test_names_what_the_ground_truth_measures(log, kind, words, warns):
    preds, gts = make_maps(2)
    samples = [make_sample(pred, gt) for pred, gt in zip(preds, gts)]
    for sample in samples:
        sample.set_metainfo(dict(depth_kind=kind))
    run(DepthMetric('kitti_eigen'), samples)
    text = '\n'.join(log)
    assert f'raw LiDAR ({words})' in text
    assert ('The ground truth is camera z, but that of protocol kitti_eigen is' in text) == warns
