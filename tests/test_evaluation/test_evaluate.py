import dataclasses
import math

import cv2
import numpy as np
import pytest
import torch

from spidepth_mm.evaluation import PROTOCOLS, DepthProtocol, evaluate_depth, get_protocol
from spidepth_mm.evaluation.depth_errors import ERROR_NAMES
from spidepth_mm.evaluation.evaluate import evaluate_images, select_pixels

PLAIN = DepthProtocol('plain', 'test', scaling='none')


def naive(pred, gt, garg, scaled=True):
    """The published procedure, step by step on whole maps."""
    height, width = gt.shape
    pred = cv2.resize(pred, (width, height), interpolation=cv2.INTER_LINEAR)
    mask = (gt > 1e-3) & (gt < 80)
    if garg:
        inside = np.zeros(gt.shape, bool)
        inside[int(0.40810811 * height):int(0.99189189 * height),
               int(0.03594771 * width):int(0.96405229 * width)] = True
        mask &= inside
    pred, gt = pred[mask].astype(np.float64), gt[mask].astype(np.float64)
    scale = np.median(gt) / np.median(pred) if scaled else 1
    pred = np.clip(pred * scale, 1e-3, 80)
    ratio = np.maximum(pred / gt, gt / pred)
    return dict(
        abs_rel=np.mean(np.abs(gt - pred) / gt),
        sq_rel=np.mean((gt - pred)**2 / gt),
        rmse=np.sqrt(np.mean((gt - pred)**2)),
        rmse_log=np.sqrt(np.mean((np.log(gt) - np.log(pred))**2)),
        a1=np.mean(ratio < 1.25),
        a2=np.mean(ratio < 1.25**2),
        a3=np.mean(ratio < 1.25**3),
        log10=np.mean(np.abs(np.log10(gt) - np.log10(pred))),
        scale=scale,
        num_valid=mask.sum())


def scene(seed, shape=(120, 400), share=0.1):
    rng = np.random.default_rng(seed)
    gt = rng.uniform(0.5, 100, shape).astype(np.float32)
    pred = cv2.resize(gt, (100, 30), interpolation=cv2.INTER_AREA)
    gt[rng.random(shape) > share] = 0
    return (pred * rng.uniform(0.2, 0.4, pred.shape)).astype(np.float32), gt


def as_tensors(*maps):
    return [torch.from_numpy(depth) for depth in maps]


def evaluate_as_on_a_gpu(pred, gt, protocol):
    """With torch's operations, where ``evaluate_depth`` takes a processor's tensors as arrays."""
    protocol = get_protocol(protocol)
    pixels, _ = select_pixels(pred, gt, protocol)
    return evaluate_images([pixels], protocol, protocol.scaling)[0]


@pytest.mark.parametrize('name, protocol', [('kitti', 'kitti_eigen'), ('make3d', 'make3d_c1'),
                                            ('cityscapes', 'cityscapes')])
@pytest.mark.parametrize('evaluate', [
    evaluate_depth, lambda pred, gt, protocol: evaluate_depth(*as_tensors(pred, gt), protocol),
    lambda pred, gt, protocol: evaluate_as_on_a_gpu(*as_tensors(pred, gt), protocol)])
def test_reference_numbers(request, name, protocol, evaluate):
    reference = request.getfixturevalue(name)
    for pred, gt, errors in zip(reference.preds, reference.gts, reference.errors):
        result = evaluate(pred, gt, protocol)
        assert {key: result[key] for key in errors} == pytest.approx(errors, rel=1e-6)


def test_cropped_ground_truth_gives_the_same(make3d, cityscapes):
    for reference, protocol, rows in [(make3d, 'make3d_c1', slice(17, 38)),
                                      (cityscapes, 'cityscapes', slice(0, 768))]:
        pred, gt = reference.preds[0], reference.gts[0]
        assert evaluate_depth(pred, gt[rows], protocol) == evaluate_depth(pred, gt, protocol)


def test_annotated_protocol_against_the_published_procedure():
    """Both maps are cut to the benchmark crop first; a prediction may also show all."""
    rng = np.random.default_rng(0)
    gt = rng.uniform(0, 100, (375, 1242)).astype(np.float32) * (rng.random((375, 1242)) < 0.2)
    pred = (gt + rng.uniform(0.1, 5, gt.shape)).astype(np.float32)
    window = slice(375 - 352, 375), slice((1242 - 1216) // 2, (1242 - 1216) // 2 + 1216)
    expected = naive(pred[window], gt[window], garg=True, scaled=False)
    for shown in (pred, pred[window]):
        result = evaluate_depth(shown, gt, 'kitti_eigen_annotated')
        assert {key: result[key] for key in expected} == pytest.approx(expected, rel=2e-6)


def test_prediction_of_the_ground_truths_size_shows_all_of_it():
    rng = np.random.default_rng(0)
    gt = rng.uniform(1, 70, (64, 128)).astype(np.float32)
    result = evaluate_depth(gt, gt, 'cityscapes')
    assert result['abs_rel'] == 0
    assert result['num_valid'] == 32 * 104


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('share', [0.02, 0.9])
def test_against_naive_procedure(seed, share):
    pred, gt = scene(seed, share=share)
    for crop in ('whole', 'garg'):
        protocol = dataclasses.replace(PLAIN, crop=crop, scaling='median')
        result = evaluate_depth(pred, gt, protocol)
        expected = naive(pred, gt, crop == 'garg')
        assert {key: result[key] for key in expected} == pytest.approx(expected, rel=2e-6)


def test_keys_and_types():
    result = evaluate_depth(*scene(0), 'kitti_eigen')
    assert list(result) == [*ERROR_NAMES, 'scale', 'num_valid']
    assert isinstance(result['num_valid'], int)
    assert all(isinstance(result[name], float) for name in ERROR_NAMES)
    assert 'shift' in evaluate_depth(*scene(0), 'kitti_eigen', scaling='least_squares_shift')


def test_median_scaling_ignores_a_factor():
    pred, gt = scene(1)
    once = evaluate_depth(pred, gt, 'kitti_eigen')
    scaled = evaluate_depth(4 * pred, gt, 'kitti_eigen')
    assert scaled.pop('scale') == once.pop('scale') / 4
    assert scaled == pytest.approx(once, rel=1e-6)


def test_flipping_both_maps_changes_nothing():
    pred, gt = scene(2)
    protocol = dataclasses.replace(PLAIN, scaling='median')
    flipped = evaluate_depth(pred[:, ::-1], gt[:, ::-1], protocol)
    assert flipped == pytest.approx(evaluate_depth(pred, gt, protocol), rel=1e-6)


def test_metric_protocol_does_not_scale():
    gt = np.full((100, 200), 10, np.float32)
    assert evaluate_depth(2 * gt, gt, 'kitti_eigen_metric')['abs_rel'] == pytest.approx(1)
    assert evaluate_depth(2 * gt, gt, 'kitti_eigen')['abs_rel'] == pytest.approx(0)
    assert evaluate_depth(2 * gt, gt, 'kitti_eigen', scaling='none')['scale'] == 1


def test_mask_is_strict_and_the_improved_one_has_no_cap():
    gt = np.array([[0, 1e-3, 1, 80, 90, np.nan, np.inf]], np.float32)
    pred = np.ones((1, 7), np.float32)
    assert evaluate_depth(pred, gt, PLAIN)['num_valid'] == 1
    result = evaluate_depth(pred * 500, gt, 'kitti_eigen_improved', scaling='none')
    assert result['num_valid'] == 4
    # The prediction is clamped to 80 though the truth is not.
    assert result['a1'] == 0.5


@pytest.mark.parametrize('library', [np.asarray, torch.from_numpy])
def test_every_pixel_is_found_whatever_the_size(library):
    rng = np.random.default_rng(0)
    for width in range(1, 14):
        gt = (rng.uniform(1, 70, (3, width)) * (rng.random((3, width)) < 0.5)).astype(np.float32)
        gt[2, -1] = 5
        pred, rows = select_pixels(library(gt * 2), library(gt), PLAIN)
        assert rows.tolist() == np.nonzero(gt)[0].tolist()
        assert pred.gt.tolist() == gt[gt > 0].tolist()
        assert pred.pred.tolist() == (2 * gt[gt > 0]).tolist()


def test_zero_and_negative_predictions_are_clamped():
    gt = np.full((4, 4), 10, np.float32)
    pred = gt.copy()
    pred[0, :2] = 0, -5
    result = evaluate_depth(pred, gt, PLAIN)
    assert result['abs_rel'] == pytest.approx(2 * (10 - 1e-3) / 10 / 16, rel=1e-6)
    assert math.isfinite(result['rmse_log'])


def test_resizing_disparity():
    pred = np.array([[1., 3.]], np.float32)
    gt = np.full((1, 4), 2, np.float32)
    gt[0, [0, 2, 3]] = 0
    # Depth 1 and 3, a quarter of the way: 1.5 as depth, 1 / (3/4 + 1/12) as disparity.
    as_depth = evaluate_depth(pred, gt, PLAIN)
    as_disparity = evaluate_depth(pred, gt,
                                  dataclasses.replace(PLAIN, resized_quantity='disparity'))
    assert as_depth['rmse'] == pytest.approx(0.5)
    assert as_disparity['rmse'] == pytest.approx(2 - 1.2)


def test_no_valid_pixel():
    result = evaluate_depth(np.ones((5, 5)), np.zeros((10, 10)), 'kitti_eigen')
    assert result.pop('num_valid') == 0
    assert set(result) == {*ERROR_NAMES, 'scale'}
    assert all(math.isnan(value) for value in result.values())


def test_non_finite_predictions_are_counted():
    pred, gt = np.ones((2, 50, 60), np.float32)
    pred[40, 10:13] = np.nan, np.inf, np.nan
    with pytest.raises(ValueError, match='NaN or infinite at 3 of 3000'):
        evaluate_depth(pred, gt, PLAIN)
    # Where nothing is evaluated, nothing is asked.
    gt[40, 10:13] = 0
    assert evaluate_depth(pred, gt, PLAIN)['abs_rel'] == 0


def test_inputs_stay_as_they_are():
    pred, gt = scene(3)
    copies = pred.copy(), gt.copy()
    evaluate_depth(pred, gt, 'kitti_eigen')
    np.testing.assert_array_equal(pred, copies[0])
    np.testing.assert_array_equal(gt, copies[1])


def test_integer_half_and_strided_maps():
    gt = np.tile(np.arange(1, 41), (30, 1))
    expected = evaluate_depth(gt.astype(np.float32), gt.astype(np.float32), PLAIN)
    assert evaluate_depth(gt.astype(np.float16), gt, PLAIN) == expected
    assert evaluate_depth(np.asfortranarray(gt), np.asfortranarray(gt), PLAIN) == expected


@pytest.mark.parametrize('pred, gt, message', [
    (np.ones((1, 4, 4)), np.ones((4, 4)), r'prediction must be a 2-D map.*\(1, 4, 4\)'),
    (np.ones((4, 4)), np.ones(4), r'ground truth must be a 2-D map'),
    ([[1.]], np.ones((4, 4)), 'prediction must be a numpy array or a tensor, but got list'),
    (torch.ones(4, 4), np.ones((4, 4)), 'both be numpy arrays or both tensors'),
])
def test_wrong_inputs(pred, gt, message):
    with pytest.raises(ValueError, match=message):
        evaluate_depth(pred, gt, PLAIN)


def test_unknown_names():
    maps = np.ones((2, 4, 4))
    with pytest.raises(ValueError, match="Unknown protocol 'kiti'"):
        evaluate_depth(*maps, 'kiti')
    with pytest.raises(ValueError, match="Unknown scaling 'mean'"):
        evaluate_depth(*maps, 'stereo', scaling='mean')


def test_every_protocol_runs_on_its_own_shape():
    shapes = dict(cityscapes=(1024, 2048), make3d_c1=(55, 305))
    for name in PROTOCOLS:
        gt = np.full(shapes.get(name, (375, 1242)), 20, np.float32)
        assert evaluate_depth(gt[:20, :60] / 2, gt, name, scaling='median')['abs_rel'] < 1e-6
