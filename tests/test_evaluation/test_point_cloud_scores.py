import numpy as np
import pytest
import torch

from spidepth_mm.evaluation import point_cloud_scores as module
from spidepth_mm.evaluation.point_cloud_scores import point_cloud_scores

K = torch.tensor([[100., 0., 10.], [0., 100., 5.], [0., 0., 1.]])


def test_perfect_prediction():
    gt = torch.from_numpy(np.random.default_rng(0).uniform(2, 80, (10, 20)).astype(np.float32))
    gt[:, ::3] = 0
    assert point_cloud_scores(gt + (gt == 0) * 7, gt, K) == dict(
        precision=1, recall=1, f_score=1, iou=1, chamfer=0)


def test_by_hand():
    """Two pixels on the optical axis' row: one is right, one is a metre too far."""
    gt, pred = torch.zeros(2, 11, 21)
    gt[5, 10], gt[5, 20] = 10, 10
    pred[5, 10], pred[5, 20] = 10.05, 11
    scores = point_cloud_scores(pred, gt, K, threshold=0.1)
    # The second point lies at (1, 0, 10) and is predicted at (1.1, 0, 11); it is
    # nearer to the first's prediction at (0, 0, 10.05).
    to_gt, to_pred = np.hypot(0.1, 1), np.hypot(1, 0.05)
    assert scores['precision'] == scores['recall'] == 0.5
    assert scores['f_score'] == pytest.approx(0.5)
    assert scores['iou'] == pytest.approx(0.25 / 0.75)
    assert scores['chamfer'] == pytest.approx((0.05 + to_gt) / 2 + (0.05 + to_pred) / 2, rel=1e-5)
    none = point_cloud_scores(pred + 5, gt, K)
    assert (none['f_score'], none['iou']) == (0, 0)


def test_against_naive_loop(monkeypatch):
    rng = np.random.default_rng(1)
    gt, pred = rng.uniform(3, 5, (2, 6, 9)).astype(np.float32)
    gt[rng.random(gt.shape) < 0.3] = 0
    monkeypatch.setattr(module, '_CHUNK_ELEMENTS', 100)
    scores = point_cloud_scores(torch.from_numpy(pred), torch.from_numpy(gt), K, threshold=0.2)
    clouds = []
    for depth in (pred, gt):
        clouds.append([
            np.array([(u - 10) / 100, (v - 5) / 100, 1]) * depth[v, u]
            for v in range(6) for u in range(9) if gt[v, u] > 0
        ])
    near = [[min(np.linalg.norm(p - q) for q in b) for p in a]
            for a, b in (clouds, clouds[::-1])]
    assert scores['precision'] == pytest.approx(np.mean(np.array(near[0]) < 0.2))
    assert scores['recall'] == pytest.approx(np.mean(np.array(near[1]) < 0.2))
    assert scores['chamfer'] == pytest.approx(np.mean(near[0]) + np.mean(near[1]), rel=1e-5)


def test_wrong_inputs():
    with pytest.raises(ValueError, match='of one size'):
        point_cloud_scores(torch.ones(3, 4), torch.ones(4, 4), K)
    with pytest.raises(ValueError, match='No pixel has ground truth'):
        point_cloud_scores(torch.ones(4, 4), torch.zeros(4, 4), K)
