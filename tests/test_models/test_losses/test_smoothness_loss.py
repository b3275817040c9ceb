"""Edge-aware smoothness."""

import math

import pytest
import torch

from spidepth_mm.models.losses.smoothness_loss import edge_aware_smoothness


@pytest.mark.parametrize(('quantity', 'expected'), [
    ('depth', 'smooth_depth'), ('disparity', 'smooth_disp')])
def test_smoothness_meets_the_reference(build, reference, quantity, expected):
    loss = build('EdgeAwareSmoothnessLoss', quantity=quantity, loss_weight=1.)
    found = loss(reference.views())['loss_smoothness']
    assert found.item() == pytest.approx(getattr(reference, expected).item(), rel=1e-5)


def test_smoothness_by_hand():
    values = torch.tensor([[[[1., 3.], [2., 2.]]]])  # mean 2
    image = torch.zeros(1, 3, 2, 2)
    image[:, :, 0, 1] = 0.3
    # Across: |3-1|/2 at an edge of 0.3, 0 below. Down: |2-1|/2 without an edge, |2-3|/2 at one.
    across = (1 * math.exp(-0.3) + 0) / 2
    down = (0.5 + 0.5 * math.exp(-0.3)) / 2
    assert edge_aware_smoothness(values, image).item() == pytest.approx(across + down)


def test_a_plane_facing_the_camera_is_smooth(build, small_views):
    flat = torch.full((2, 1, 6, 8), 7., dtype=torch.float64)
    for quantity in ('depth', 'disparity'):
        terms = build('EdgeAwareSmoothnessLoss', quantity=quantity)(small_views(depth=flat))
        assert terms['loss_smoothness'].item() == 0


@pytest.mark.parametrize('quantity', ['depth', 'disparity'])
def test_a_common_factor_does_not_matter(build, small_views, quantity):
    loss = build('EdgeAwareSmoothnessLoss', quantity=quantity, loss_weight=1.)
    views = small_views()
    scaled = small_views(target=views.target, depth=10 * views.depth)
    torch.testing.assert_close(
        loss(scaled)['loss_smoothness'], loss(views)['loss_smoothness'], rtol=1e-5, atol=0)


def test_weight_is_a_factor(build, small_views):
    views = small_views()
    one = build('EdgeAwareSmoothnessLoss', loss_weight=1.)(views)['loss_smoothness']
    default = build('EdgeAwareSmoothnessLoss')(views)['loss_smoothness']
    torch.testing.assert_close(default, 1e-3 * one)


def test_each_scale_at_its_own_resolution(build, small_views):
    views = small_views(prediction=1 + 9 * torch.rand(2, 1, 3, 4, dtype=torch.float64), scale=2)
    loss = build('EdgeAwareSmoothnessLoss', resolution='prediction', loss_weight=1.)
    image = views.target.reshape(2, 3, 3, 2, 4, 2).mean((3, 5))
    expected = edge_aware_smoothness(views.prediction, image) / 4
    torch.testing.assert_close(loss(views)['loss_smoothness'], expected)
    # Depth that was not resized is the prediction.
    plain = small_views()
    torch.testing.assert_close(loss(plain)['loss_smoothness'],
                               edge_aware_smoothness(plain.depth, plain.target))


def test_disparity_beyond_a_largest_depth(build, small_views):
    views = small_views()
    loss = build('EdgeAwareSmoothnessLoss', quantity='disparity', max_depth=20., loss_weight=1.)
    expected = edge_aware_smoothness(1 / views.depth - 1 / 20, views.target)
    torch.testing.assert_close(loss(views)['loss_smoothness'], expected)


def test_unknown_resolution(build):
    with pytest.raises(ValueError, match=r"Unknown resolution 'half'.*'image', 'prediction'"):
        build('EdgeAwareSmoothnessLoss', resolution='half')


def test_gradients_of_smoothness():
    values = 1 + torch.rand(2, 1, 4, 5, dtype=torch.float64)
    image = torch.rand(2, 3, 4, 5, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        edge_aware_smoothness, (values.requires_grad_(), image.requires_grad_()))


def test_unknown_quantity(build):
    with pytest.raises(ValueError, match=r"Unknown quantity 'inverse'.*'depth', 'disparity'"):
        build('EdgeAwareSmoothnessLoss', quantity='inverse')
