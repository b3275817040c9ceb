import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS

from spidepth_mm.evaluation import PoseMetric, evaluate_trajectory
from spidepth_mm.evaluation.pose_metric import pose_samples, pose_table


def street(frames, turn=0.02, seed=0):
    generator = np.random.RandomState(seed)
    poses = [np.eye(4)]
    for _ in range(frames - 1):
        motion = np.eye(4)
        c, s = np.cos(turn), np.sin(turn)
        motion[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
        motion[:3, 3] = [0.1 * generator.randn(), 0, 1.2]
        poses.append(poses[-1] @ motion)
    return np.array(poses)


def test_offline_evaluation_of_a_trajectory(default_scope):
    pred, gt = street(150, seed=1), street(150)
    evaluator = Evaluator(dict(type='PoseMetric', alignment='sim3'))
    found = evaluator.offline_evaluate(pose_samples(pred, gt, '09'))
    assert found == evaluate_trajectory(pred, gt, 'sim3')
    assert found['t_rel'] > 0


def test_frames_are_put_in_order():
    pred, gt = street(20, seed=1), street(20)
    metric = PoseMetric()
    metric.process(None, pose_samples(pred, gt)[::-1])
    assert metric.evaluate(20) == evaluate_trajectory(pred, gt)


def test_sequences_are_kept_apart():
    pred, gt = street(20, seed=1), street(20)
    short = street(10, turn=0.1, seed=2)
    metric = PoseMetric('none', prefix='pose')
    metric.process(None, pose_samples(pred, gt, '09') + pose_samples(short, gt[:10], '10'))
    metrics = metric.evaluate(30)
    assert metrics['pose/09/ate'] == evaluate_trajectory(pred, gt, 'none')['ate']
    assert metrics['pose/10/num_frames'] == 10


def test_tensors_and_order_of_arrival():
    pred, gt = street(6, seed=1), street(6)
    metric = METRICS.build(dict(type='spidepth_mm.PoseMetric', alignment='none'))
    for a, b in zip(pred, gt):
        metric.process(None, [dict(pred_world_from_camera=torch.tensor(a), world_from_target=b)])
    assert metric.evaluate(6) == evaluate_trajectory(pred, gt, 'none')


def test_table():
    pred, gt = street(150, seed=1), street(150)
    errors = {name: evaluate_trajectory(pred, gt, name) for name in ('none', 'sim3')}
    lines = pose_table(errors).splitlines()
    assert lines[0].startswith('150 frames; ATE over 5-frame snippets ')
    assert lines[1].split()[:3] == ['alignment', 'ATE', 'm']
    assert [line.split()[0] for line in lines[2:4]] == ['none', 'sim3']
    assert 'sub-sequences of 100..800 m' in lines[4]
    short = pose_table(dict(none=evaluate_trajectory(pred[:5], gt[:5], 'none')))
    assert short.splitlines()[2].split()[4:6] == ['-', '-']
    assert 'shorter than 100 m' in short


def test_bad_input():
    with pytest.raises(ValueError, match="Unknown alignment 'best'"):
        PoseMetric('best')
    with pytest.raises(ValueError, match='A sample has no pred_world_from_camera'):
        PoseMetric().process(None, [dict(world_from_target=np.eye(4))])
    with pytest.raises(ValueError, match='has 3 frames, the true one 4'):
        pose_samples(street(3), street(4))
    metric = PoseMetric()
    metric.process(None, pose_samples(np.tile(np.eye(4), (3, 1, 1)), street(3), '09'))
    with pytest.raises(ValueError, match="Sequence '09': The predicted trajectory does not move"):
        metric.evaluate(3)
