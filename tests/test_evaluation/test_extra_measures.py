import logging
import math

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import PixelData

from spidepth_mm.evaluation import DepthMetric, get_protocol
from spidepth_mm.evaluation.boundary_errors import boundary_errors, depth_edges
from spidepth_mm.evaluation.extra_measures import average_extra, measure_extra
from spidepth_mm.evaluation.point_cloud_scores import point_cloud_scores
from spidepth_mm.structures import DepthDataSample

SHAPE = (40, 96)
CAM2IMG = np.array([[50., 0., 47.5], [0., 50., 19.5], [0., 0., 1.]])


def make_sample(pred, gt, **meta):
    sample = DepthDataSample(metainfo=dict(img_path='a.png', **meta))
    sample.pred_depth_map = PixelData(data=torch.as_tensor(pred)[None])
    sample.gt_depth_map = PixelData(data=torch.as_tensor(gt)[None])
    return sample


def run(samples, extra, protocol='kitti_eigen_improved', **kwargs):
    evaluator = Evaluator(DepthMetric(protocol, extra=extra, **kwargs))
    evaluator.process(data_samples=samples)
    return evaluator.evaluate(len(samples))


@pytest.fixture
def step():
    """Dense ground truth with a box before a wall; 5 m and 30 m."""
    gt = np.full(SHAPE, 30, np.float32)
    gt[10:30, 30:60] = 5
    return gt


def test_off_by_default(step):
    names = set(run([make_sample(step, step)], ()))
    assert set(run([make_sample(step, step)], ('ranges', ))) - names == {
        f'{name}_{where}' for name in ('abs_rel', 'rmse', 'a1')
        for where in ('0_10m', '20_40m')}


def test_ranges_by_hand(step):
    pred = np.where(step < 10, 6, 30).astype(np.float32)
    far = np.full(SHAPE, 50, np.float32)
    metrics = run([make_sample(pred, step), make_sample(far, far)], ['ranges'], scaling='none')
    # Only the first image has something nearer than 10 m.
    assert metrics['abs_rel_0_10m'] == pytest.approx(0.2)
    assert metrics['rmse_0_10m'] == pytest.approx(1)
    assert (metrics['abs_rel_20_40m'], metrics['abs_rel_from_40m']) == (0, 0)
    assert 'abs_rel_10_20m' not in metrics


def test_boundaries(step):
    shifted = np.roll(step, 3, axis=1)
    metrics = run([make_sample(shifted, step)], ['boundaries'])
    expected = boundary_errors(depth_edges(shifted), depth_edges(step))
    assert {name: metrics[name] for name in expected} == pytest.approx(expected)
    exact = run([make_sample(step * 3, step)], ['boundaries'])
    assert exact['edge_accuracy'] == exact['edge_completeness'] == 0


def test_a_gaps_rim_is_no_edge(step):
    gt = np.full(SHAPE, 20, np.float32)
    gt[:, 40:50] = 0
    assert 'edge_accuracy' not in run([make_sample(step, gt)], ['boundaries'])


def test_sparse_ground_truth_has_no_boundaries(step):
    gt = step * (np.arange(SHAPE[1]) % 10 == 0)
    with pytest.raises(ValueError, match=r"a\.png: extra 'boundaries' needs dense ground truth"):
        run([make_sample(step, gt)], ['boundaries'])


@pytest.mark.parametrize('protocol', ['kitti_eigen_improved', 'stereo'])
def test_point_cloud_takes_the_ground_truths_intrinsics(step, protocol):
    """The network's input is half as large: the points must be those of the whole size."""
    gt = step * (np.random.default_rng(0).random(SHAPE) < 0.2)
    pred = (gt + np.float32(0.08) * (np.arange(SHAPE[0]) % 2)[:, None] + (gt == 0)).astype('f4')
    half = np.diag([0.5, 0.5, 1.]) @ CAM2IMG
    half[:2, 2] -= 0.25  # (c + 0.5) / 2 - 0.5
    sample = make_sample(pred, gt, cam2img=half, img_shape=(20, 48), ori_shape=SHAPE)
    metrics = run([sample], ['point_cloud'], protocol, scaling='none')
    if protocol == 'stereo':  # outside Garg's crop nothing is scored
        gt = gt.copy()
        gt[:int(0.40810811 * 40)] = gt[int(0.99189189 * 40):] = 0
        gt[:, :int(0.03594771 * 96)] = gt[:, int(0.96405229 * 96):] = 0
    expected = point_cloud_scores(*map(torch.from_numpy, (pred, gt, CAM2IMG)))
    assert 0 < expected['precision'] <= 1
    assert {name: metrics[f'points_{name}'] for name in expected} == pytest.approx(
        expected, rel=1e-4)


@pytest.mark.parametrize(('meta', 'missing'), [({}, 'cam2img'),
                                               (dict(cam2img=CAM2IMG), 'img_shape')])
def test_point_cloud_without_a_camera(step, meta, missing):
    with pytest.raises(ValueError, match=rf"a\.png: extra 'point_cloud' needs {missing}"):
        run([make_sample(step, step, **meta)], ['point_cloud'])


def test_hole_rate_where_there_is_a_mask(step):
    pred = step.copy()
    pred[10:20, 30:60] = 80  # half of the box is sent to infinity
    with_mask, without = make_sample(pred, step), make_sample(pred, step)
    with_mask.gt_dynamic_mask = PixelData(data=torch.from_numpy(step == 5)[None])
    assert run([with_mask, without], ['hole_rate'], scaling='none')['hole_rate'] == 0.5
    assert 'hole_rate' not in run([without], ['hole_rate'])
    with_mask.gt_dynamic_mask = PixelData(data=torch.ones(1, 20, 48, dtype=torch.bool))
    with pytest.raises(ValueError, match=r'gt_dynamic_mask must have the size .*40, 96.*20, 48'):
        run([with_mask], ['hole_rate'])


def test_what_is_far_is_no_hole():
    gt, moving = np.full((2, *SHAPE), 75, np.float32)
    gt[:, :48] = 20
    sample = make_sample(np.full(SHAPE, 80, np.float32), gt)
    sample.gt_dynamic_mask = PixelData(data=torch.from_numpy(moving > 0)[None])
    assert run([sample], ['hole_rate'], scaling='none')['hole_rate'] == 1
    sample.pred_depth_map.data[..., :48] = 20  # right everywhere now
    assert run([sample], ['hole_rate'], scaling='none')['hole_rate'] == 0


def test_a_mask_that_only_the_batch_has(step):
    pred = np.full(SHAPE, 80, np.float32)
    loaded = make_sample(pred, step)
    loaded.gt_dynamic_mask = PixelData(data=torch.from_numpy(step == 5)[None])
    result = dict(scale=1.)
    measured = measure_extra(['hole_rate'], pred, step, get_protocol('kitti_eigen_improved'),
                             'none', result, {}, loaded)
    assert measured == dict(hole_rate=1.)


@pytest.mark.parametrize('scaling', ['median', 'least_squares_shift',
                                     'least_squares_shift_disparity'])
def test_aligned_as_the_errors_are(step, scaling):
    rng = np.random.default_rng(0)
    pred = (1 / (0.5 / step + 0.02) * rng.uniform(0.9, 1.1, SHAPE)).astype(np.float32)
    inside = step < 10
    near = run([make_sample(pred, step)], ['ranges'], scaling=scaling)
    shares = inside.mean(), (~inside).mean()
    assert near['abs_rel'] == pytest.approx(
        shares[0] * near['abs_rel_0_10m'] + shares[1] * near['abs_rel_20_40m'], rel=1e-5)


def test_the_table(step):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    MMLogger.get_instance('test_extra_measures').addHandler(handler)
    run([make_sample(step, step)] * 2, ['ranges'])
    table, = (line for line in lines if 'extra measure' in line)
    assert any(line.split() == ['a1_20_40m', '1.000', '2'] for line in table.splitlines())


def test_means_leave_out_images_without_the_measure():
    assert average_extra([dict(a=1.), dict(a=2., b=5.), {}]) == dict(a=(1.5, 2), b=(5., 1))


@pytest.mark.parametrize(('extra', 'message'), [
    (['holes'], r"Unknown extra measure 'holes'\. Valid choices are: ranges, boundaries, "
                'point_cloud, hole_rate'),
    ('ranges', r"extra must be a list of names, but got 'ranges'\. Write extra=\['ranges'\]")])
def test_unknown_names(extra, message):
    with pytest.raises(ValueError, match=message):
        DepthMetric(extra=extra)


def test_a_scale_that_is_known_only_at_the_end():
    assert not DepthMetric(scaling='global_median').extra
    with pytest.raises(ValueError, match=r"scaling 'global_median' is known only after"):
        DepthMetric(scaling='global_median', extra=['ranges'])


def test_an_image_without_ground_truth_has_no_extra(step):
    metrics = run([make_sample(step, step), make_sample(step, step * 0)], ['ranges'])
    assert metrics['num_excluded'] == 1
    assert not math.isnan(metrics['abs_rel_0_10m'])
