"""The loss a band of rows at a time is the plain loss, and so is its gradient."""

import pytest
import torch

from spidepth_mm.models.losses import banded_photometric
from spidepth_mm.models.losses.banded_photometric import banded_photometric_loss
from spidepth_mm.models.losses.photometric_loss import photometric_error, select_reprojection
from spidepth_mm.models.losses.ssim import WindowStats

WAYS = [(window, minimum, mask) for window in (1, 3, 7) for minimum in (True, False)
        for mask in (True, False)]


@pytest.fixture(params=[1, 10**9], ids=['many bands', 'one band'])
def bands(request, monkeypatch):
    monkeypatch.setattr(banded_photometric, 'BAND_PIXELS', request.param)


@pytest.fixture
def images():
    """Warped and unwarped sources (2, 3, 3, 17, 12) and their target, which they resemble."""
    target = torch.rand(2, 3, 17, 12, dtype=torch.float64)
    near = target.unsqueeze(1) + 0.2 * torch.randn(2, 2, 3, 3, 17, 12, dtype=torch.float64)
    warped, sources = near.clamp(0, 1).unbind(0)
    return warped.clone().requires_grad_(), sources, target


def plain(warped, sources, target, alpha, window, minimum):
    stats = WindowStats.of(target, window)
    identity = None if sources is None else photometric_error(sources, stats, alpha, window)
    error, used = select_reprojection(
        photometric_error(warped, stats, alpha, window), identity, minimum)
    return error.mean(), 1 - used.double().mean()


@pytest.mark.parametrize('alpha', [0.85, 1.])
@pytest.mark.parametrize(('window', 'minimum', 'mask'), WAYS)
def test_value_and_gradient_are_the_plain_ones(bands, images, window, minimum, mask, alpha):
    warped, sources, target = images
    settings = (warped, sources if mask else None, target, alpha, window, minimum)
    expected, expected_masked = plain(*settings)
    gradient, = torch.autograd.grad(3 * expected, warped)
    found, masked = banded_photometric_loss(*settings)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(masked, expected_masked)
    if mask:
        assert 0 < masked < 1
    torch.testing.assert_close(torch.autograd.grad(3 * found, warped)[0], gradient)


def test_single_precision_is_as_good_as_the_plain_formulas(images):
    warped, _, target = images

    def gradient(loss, dtype):
        leaf = warped.detach().to(dtype).requires_grad_()
        loss(leaf, None, target.to(dtype), 0.85, 7, False)[0].backward()
        return leaf.grad.double()

    exact = gradient(plain, torch.float64)
    errors = [(gradient(loss, torch.float32) - exact).abs().max() / exact.abs().max()
              for loss in (banded_photometric_loss, plain)]
    assert errors[0] < 1e-4
    assert errors[0] < 3 * errors[1]


@pytest.mark.parametrize('minimum', [True, False])
def test_gradients(bands, images, minimum):
    warped, sources, target = (image[:1, ..., :7, :4].detach() for image in images)
    assert torch.autograd.gradcheck(
        lambda warped: banded_photometric_loss(warped, sources, target, 0.85, 3, minimum)[0],
        warped.clone().requires_grad_())


def test_equal_sources_share_the_gradient(bands, images):
    warped, _, target = images
    warped = warped[:, :1].detach().expand(-1, 2, -1, -1, -1).clone().requires_grad_()
    settings = (warped, None, target, 0.85, 3, True)
    gradient, = torch.autograd.grad(banded_photometric_loss(*settings)[0], warped)
    torch.testing.assert_close(gradient, torch.autograd.grad(plain(*settings)[0], warped)[0])
    torch.testing.assert_close(gradient[:, 0], gradient[:, 1])


def test_without_a_gradient_none_is_made(images, monkeypatch):
    monkeypatch.setattr(banded_photometric, '_similarity_adjoint', None)
    warped, sources, target = images
    with torch.no_grad():
        value, _ = banded_photometric_loss(warped, sources, target, 0.85, 7, True)
    assert not value.requires_grad
    value, _ = banded_photometric_loss(warped.detach(), sources, target, 0.85, 7, True)
    assert not value.requires_grad


def test_the_masked_share_has_no_gradient(images):
    assert not banded_photometric_loss(*images, 0.85, 7, True)[1].requires_grad


def test_less_is_kept_for_the_way_back(images):
    warped, sources, target = images
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
            lambda x: kept.append(x.numel()) or x, lambda x: x):
        banded_photometric_loss(warped, sources, target, 0.85, 7, True)
    assert sum(kept) == warped.numel()
