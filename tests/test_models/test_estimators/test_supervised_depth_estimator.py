"""Depth learned from ground truth."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.optim import OptimWrapper
from mmengine.structures import PixelData
from tiny import HEIGHT, WIDTH, packed_batch, tiny_model

from spidepth_mm.models.estimators import NonFiniteLossError, SelfSupDepthEstimator
from spidepth_mm.models.estimators.restore_size import paste_into_image
from spidepth_mm.models.estimators.supervised_depth_estimator import median_factors
from spidepth_mm.registry import MODELS


def supervised(**changes):
    """Config of the tiny estimator without its pose net; ``changes`` replace fields."""
    model = tiny_model(type='SupervisedDepthEstimator', losses=[dict(type='SILogLoss')])
    model.pop('pose_net')
    model.update(changes)
    return model


@pytest.fixture
def build(default_scope):
    return lambda **changes: MODELS.build(supervised(**changes))


def sparse(batch):
    for sample in batch['data_samples']:
        data = sample.gt_depth_map.data
        data[torch.rand_like(data) < 0.8] = 0
    return batch


def run_loss(estimator, batch):
    data = estimator.data_preprocessor(batch, True)
    return estimator(data['inputs'], data['data_samples'], mode='loss')


def silog_by_loop(preds, targets, focus=0.85):
    errors = [np.log(p) - np.log(t) for pred, target in zip(preds, targets)
              for p, t in zip(pred.ravel(), target.ravel()) if t > 0]
    mean = sum(errors) / len(errors)
    variance = sum((e - mean) ** 2 for e in errors) / (len(errors) - 1)
    return 10 * np.sqrt(variance + (1 - focus) * mean ** 2)


def resized_depth(estimator, batch):
    images = torch.stack([frames[0] for frames in batch['inputs']]) / 255
    with torch.no_grad():
        depth = estimator(images, mode='tensor')
    size = batch['data_samples'][0].gt_depth_map.data.shape[-2:]
    return F.interpolate(depth, size, mode='bilinear', align_corners=False)


@pytest.mark.parametrize('ori_shape', [None, (45, 90)])
def test_the_loss_is_taken_at_the_ground_truths_size(build, ori_shape):
    estimator = build().eval()  # without dropout
    batch = sparse(packed_batch(offsets=(), ori_shape=ori_shape))
    targets = [s.gt_depth_map.data.numpy().astype(np.float64) for s in batch['data_samples']]
    preds = resized_depth(estimator, batch).double().numpy()
    losses = run_loss(estimator, batch)
    assert set(losses) == {'loss_silog', 'mean_depth'}
    assert losses['loss_silog'].item() == pytest.approx(silog_by_loop(preds, targets), rel=1e-4)
    assert losses['mean_depth'].item() == pytest.approx(preds.mean(), rel=1e-5)
    estimator.parse_losses(losses)[0].backward()
    for name, parameter in estimator.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name


def test_only_the_target_frame_is_looked_at(build):
    estimator, batch = build().eval(), sparse(packed_batch(offsets=(-1, 1)))
    alone = copy.deepcopy(batch)
    alone['inputs'] = [frames[:1] for frames in batch['inputs']]
    assert torch.equal(run_loss(estimator, batch)['loss_silog'],
                       run_loss(estimator, alone)['loss_silog'])


def test_losses_of_one_name_add_up(build):
    once, batch = build(), sparse(packed_batch(offsets=()))
    thrice = build(losses=[dict(type='SILogLoss'), dict(type='SILogLoss', loss_weight=2.)])
    thrice.load_state_dict(once.state_dict())
    once.eval()
    thrice.eval()
    assert run_loss(thrice, copy.deepcopy(batch))['loss_silog'].item() == pytest.approx(
        3 * run_loss(once, batch)['loss_silog'].item())


def test_median_alignment(build):
    estimator = build(scale_alignment='median').eval()
    batch = sparse(packed_batch(offsets=()))
    batch['data_samples'][1].gt_depth_map.data.mul_(7)
    targets = [s.gt_depth_map.data.numpy().astype(np.float64) for s in batch['data_samples']]
    preds = resized_depth(estimator, batch).double().numpy()
    factors = [np.median(t[t > 0]) / np.median(p[t > 0]) for p, t in zip(preds, targets)]
    assert factors[1] > 4 * factors[0]  # each image has its own
    losses = run_loss(estimator, batch)
    assert losses['mean_scale_factor'].item() == pytest.approx(np.mean(factors), rel=1e-4)
    aligned = [p * f for p, f in zip(preds, factors)]
    assert losses['loss_silog'].item() == pytest.approx(silog_by_loop(aligned, targets), rel=1e-4)


def test_median_factors_are_constants_and_one_without_ground_truth():
    pred = torch.tensor([[1., 2, 3, 9], [1, 2, 3, 4]]).view(2, 1, 2, 2)
    target = torch.tensor([[4., 8, 12, 0], [0, 0, 0, 0]]).view(2, 1, 2, 2)
    factors = median_factors(pred, target)
    assert factors.shape == (2, 1, 1, 1)
    assert factors.flatten().tolist() == [4, 1]


def test_median_factors_get_no_gradient(build):
    # Through a factor of the median's pixel alone the loss would see no common factor at all.
    estimator, batch = build(scale_alignment='median'), sparse(packed_batch(offsets=()))
    seen = []
    estimator.predict_depth = lambda images: seen[0]
    seen.append(torch.rand(2, 1, HEIGHT, WIDTH).add(1).requires_grad_())
    loss = run_loss(estimator, batch)['loss_silog']
    loss.backward()
    target = torch.stack([s.gt_depth_map.data for s in batch['data_samples']])
    factors = median_factors(seen[0].detach(), target)
    fixed = seen[0].detach().clone().requires_grad_()
    MODELS.build(dict(type='SILogLoss'))(fixed * factors, target).backward()
    torch.testing.assert_close(seen[0].grad, fixed.grad)


@pytest.mark.parametrize('alignment, scale', [(None, 'metric'), ('median', 'unknown')])
def test_predictions_say_what_their_unit_is(build, alignment, scale):
    estimator = build(scale_alignment=alignment).eval()
    batch = packed_batch(offsets=(), ori_shape=(40, 90))
    data = estimator.data_preprocessor(batch, False)
    for sample in estimator(data['inputs'], data['data_samples'], mode='predict'):
        assert sample.pred_depth_map.data.shape == (1, 40, 90)
        assert sample.scale_type == scale
        assert sample.get('scale_alignment') == alignment
    # Weights that come from elsewhere bring their own unit, until they are trained here.
    estimator = build(scale_alignment=alignment, scale_type='stereo')
    assert estimator.scale_type == 'stereo'
    run_loss(estimator, packed_batch(offsets=()))
    assert estimator.scale_type == scale


def test_tensor_mode_is_that_of_the_self_supervised_model(build):
    estimator, images = build().eval(), torch.rand(1, 3, HEIGHT, WIDTH)
    other = MODELS.build(tiny_model()).eval()
    assert isinstance(other, SelfSupDepthEstimator)
    missing, unexpected = estimator.load_state_dict(other.state_dict(), strict=False)
    assert not missing and {name.split('.')[0] for name in unexpected} == {'pose_net'}
    with torch.no_grad():
        assert torch.equal(estimator(images, mode='tensor'), other(images, mode='tensor'))


def test_learns_a_wall(build):
    estimator = build()
    optimizer = OptimWrapper(torch.optim.AdamW(estimator.parameters(), lr=3e-3),
                             clip_grad=dict(max_norm=1.))
    batch = packed_batch(offsets=())
    for sample in batch['data_samples']:
        sample.gt_depth_map = PixelData(data=torch.full((1, HEIGHT, WIDTH), 5.))
    losses = [estimator.train_step(copy.deepcopy(batch), optimizer)['loss'].item()
              for _ in range(30)]
    assert losses[-1] < 0.3 * losses[0]
    depth = resized_depth(estimator.eval(), batch)
    assert depth.mean().item() == pytest.approx(5, rel=0.15)  # metres


def test_crop_is_put_back_into_the_image(build):
    estimator = build().eval()
    batch = packed_batch(batch=1, offsets=(), ori_shape=(40, 90),
                         crop_window=(6, 12, HEIGHT, WIDTH))
    data = estimator.data_preprocessor(batch, False)
    with torch.no_grad():
        depth = estimator(data['inputs'], mode='tensor')
    depth = F.interpolate(depth, (HEIGHT, WIDTH), mode='bilinear', align_corners=False)[0]
    for _ in range(2):  # the same samples may be predicted again
        sample, = estimator(data['inputs'], data['data_samples'], mode='predict')
        assert sample.ori_shape == (40, 90)
        whole = sample.pred_depth_map.data
        assert whole.shape == (1, 40, 90)
        torch.testing.assert_close(whole[:, 6:38, 12:76], depth)
        torch.testing.assert_close(whole[:, 0, 12:76], depth[:, 0])
        assert (whole[:, 39, 80:] == depth[0, -1, -1]).all()


def test_paste_by_hand():
    pasted = paste_into_image(torch.tensor([[[1., 2]]]), (1, 0), (3, 3))
    assert pasted.tolist() == [[[1, 2, 2]] * 3]


def test_a_batch_without_a_true_pixel_teaches_nothing(build):
    estimator, batch = build(), packed_batch(offsets=())
    for sample in batch['data_samples']:
        sample.gt_depth_map.data.zero_()
    total, _ = estimator.parse_losses(run_loss(estimator, batch))
    total.backward()
    assert total.item() == 0
    assert all(not p.grad.any() for p in estimator.parameters() if p.grad is not None)


def test_bad_configs_are_explained(build):
    with pytest.raises(ValueError, match=r"Unknown scale_alignment 'mean'. Valid .*'median'"):
        build(scale_alignment='mean')
    with pytest.raises(ValueError, match='at least one loss'):
        build(losses=[])


def test_bad_batches_are_explained(build):
    estimator = build()
    batch = packed_batch(offsets=())
    del batch['data_samples'][1].gt_depth_map
    with pytest.raises(ValueError, match=r'000001.png has no ground truth.*LoadDepthMap'):
        run_loss(estimator, batch)
    batch = packed_batch(offsets=())
    batch['data_samples'][1].gt_depth_map = PixelData(data=torch.ones(1, 30, 60))
    with pytest.raises(ValueError, match=r'ground truth of one size.*000001.png'):
        run_loss(estimator, batch)
    with pytest.raises(ValueError, match='restore=False'):
        run_loss(estimator, packed_batch(offsets=(), crop_window=(0, 0, HEIGHT, WIDTH)))


def test_nan_is_refused_with_the_files_names(build):
    estimator, batch = build(), packed_batch(offsets=())
    batch['data_samples'][0].gt_depth_map.data.fill_(float('inf'))
    with pytest.raises(NonFiniteLossError, match=r'loss_silog.*000000.png'):
        run_loss(estimator, batch)
