"""Scale-invariant logarithmic loss."""

import numpy as np
import pytest
import torch

from spidepth_mm.models.losses.silog_loss import silog


def by_formula(pred, target, focus):
    error = np.log(pred) - np.log(target)
    return 10 * np.sqrt(np.var(error, ddof=1) + (1 - focus) * np.mean(error)**2)


@pytest.mark.parametrize('focus', [0., 0.5, 0.85, 1.])
def test_silog_is_its_formula(focus):
    pred, target = 0.5 + 20 * np.random.rand(2, 50)
    found = silog(torch.from_numpy(pred), torch.from_numpy(target), focus)
    assert found.item() == pytest.approx(by_formula(pred, target, focus), rel=1e-9)


def test_loss_takes_pixels_with_ground_truth_only(build):
    pred = 1 + 10 * torch.rand(2, 1, 5, 6)
    target = 1 + 10 * torch.rand(2, 1, 5, 6)
    target[:, :, :2] = 0
    known = (target > 0).numpy()
    expected = by_formula(pred.numpy()[known], target.numpy()[known], 0.85)
    loss = build('SILogLoss')
    assert loss(pred, target).item() == pytest.approx(expected, rel=1e-5)
    pred[:, :, 0] = float('nan')
    assert loss(pred, target).item() == pytest.approx(expected, rel=1e-5)


def test_variance_focus_one_ignores_a_factor(build):
    pred, target = 1 + torch.rand(2, 1, 1, 5, 6)
    loss = build('SILogLoss', variance_focus=1.)
    assert loss(3 * pred, target).item() == pytest.approx(loss(pred, target).item(), rel=1e-4)
    assert build('SILogLoss')(3 * pred, target) > build('SILogLoss')(pred, target)


def test_weight_is_a_factor(build):
    pred, target = 1 + torch.rand(2, 1, 1, 5, 6)
    torch.testing.assert_close(
        build('SILogLoss', loss_weight=2.)(pred, target), 2 * build('SILogLoss')(pred, target))


@pytest.mark.parametrize('known', [0, 1])
def test_no_or_one_pixel_of_ground_truth_can_be_trained_on(build, known):
    pred = (1 + torch.rand(1, 1, 3, 4)).requires_grad_()
    target = torch.zeros(1, 1, 3, 4)
    target.view(-1)[:known] = 5.
    loss = build('SILogLoss')(pred, target)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(pred.grad).all()
    assert bool(loss > 0) == bool(known)


def test_a_perfect_prediction_has_a_finite_gradient(build):
    target = 1 + torch.rand(1, 1, 3, 4)
    pred = target.clone().requires_grad_()
    loss = build('SILogLoss')(pred, target)
    loss.backward()
    assert loss.item() < 1e-4
    assert torch.isfinite(pred.grad).all()


def test_half_precision_predictions_are_measured_in_float32(build):
    pred, target = (20 + torch.rand(1, 1, 5, 6)).half(), 20 + torch.rand(1, 1, 5, 6)
    loss = build('SILogLoss')(pred, target)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, build('SILogLoss')(pred.float(), target))


def test_gradients_of_silog():
    pred, target = 1 + torch.rand(2, 7, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda p: silog(p, target, 0.85), pred.requires_grad_())


@pytest.mark.parametrize('focus', [-0.1, 1.1])
def test_variance_focus_out_of_range(build, focus):
    with pytest.raises(ValueError, match=rf'variance_focus must be in \[0, 1\], got {focus}'):
        build('SILogLoss', variance_focus=focus)
