"""Photometric error, minimum reprojection, auto-masking."""

import pytest
import torch
from closeness import relative_difference

from spidepth_mm.geometry import flip_intrinsics, synthesize
from spidepth_mm.models.losses.photometric_loss import photometric_error, select_reprojection
from spidepth_mm.models.losses.ssim import WindowStats, ssim_distance
from spidepth_mm.structures import SynthesizedViews


def error(images, target, alpha=0.85, window=7):
    return photometric_error(images, WindowStats.of(target, window), alpha, window)


def test_warps_meet_the_reference(reference):
    warped = reference.views().warped
    assert relative_difference(warped[:, 0], reference.warped_prev) < 1e-4
    assert relative_difference(warped[:, 1], reference.warped_next) < 1e-4


def test_error_maps_meet_the_reference(reference):
    target = reference.target
    previous = error(reference.prev.unsqueeze(1), target)
    assert relative_difference(previous, reference.pe_prev) < 1e-4
    assert relative_difference(error(reference.sources, target), reference.identity) < 1e-4
    warped = error(reference.views().warped, target)
    assert relative_difference(warped, reference.reprojection) < 1e-4


def test_auto_mask_meets_the_reference(reference):
    _, used = select_reprojection(reference.reprojection, reference.identity)
    assert torch.equal(used.float(), reference.automask)
    _, used = select_reprojection(
        error(reference.views().warped, reference.target),
        error(reference.sources, reference.target))
    assert (used.float() != reference.automask).float().mean() < 1e-3


@pytest.mark.parametrize(('settings', 'expected'), [
    (dict(), 'photometric'),
    (dict(auto_mask=False), 'no_automask_photometric'),
    (dict(min_reprojection=False), 'avg_reprojection_photometric')])
def test_loss_meets_the_reference(build, reference, settings, expected):
    terms = build('PhotometricLoss', **settings)(reference.views())
    assert terms['loss_photometric'].item() == pytest.approx(
        getattr(reference, expected).item(), rel=1e-5)


def test_total_and_its_gradients_meet_the_reference(build, reference):
    views = reference.views()
    photometric = build('PhotometricLoss', loss_weight=1.)(views)['loss_photometric']
    smoothness = build('EdgeAwareSmoothnessLoss', loss_weight=1e-3)(views)['loss_smoothness']
    total = photometric + smoothness
    assert total.item() == pytest.approx(reference.total.item(), rel=1e-5)
    total.backward()
    for name in ('depth', 'axisangle', 'translation'):
        gradient = getattr(reference, name).grad
        assert relative_difference(gradient, getattr(reference, f'grad_{name}')) < 1e-4


@pytest.mark.parametrize('alpha', [0., 0.3, 1.])
def test_alpha_weighs_structure_against_absolute_difference(alpha):
    target = torch.rand(1, 3, 9, 9)
    images = torch.rand(1, 2, 3, 9, 9)
    found = error(images, target, alpha, 3)
    for s in range(2):
        stats = WindowStats.of(images[:, s], 3), WindowStats.of(target, 3)
        structure = ssim_distance(*stats, 3).mean(1)
        absolute = (images[:, s] - target).abs().mean(1)
        torch.testing.assert_close(found[:, s], alpha * structure + (1 - alpha) * absolute)


def test_minimum_and_mean_over_sources_by_hand():
    reprojection = torch.tensor([[[[0.2, 0.8]], [[0.4, 0.6]]]])
    error, used = select_reprojection(reprojection, minimum=True)
    torch.testing.assert_close(error, torch.tensor([[[0.2, 0.6]]]))
    assert used.all()
    error, _ = select_reprojection(reprojection, minimum=False)
    torch.testing.assert_close(error, torch.tensor([[[0.3, 0.7]]]))


def test_auto_masking_by_hand():
    reprojection = torch.tensor([[[[0.2, 0.8, 0.5]], [[0.4, 0.6, 0.9]]]])
    identity = torch.tensor([[[[0.3, 0.9, 0.5]], [[0.9, 0.5, 0.7]]]])
    error, used = select_reprojection(reprojection, identity, minimum=True)
    # 0.2 < 0.3 moves; 0.6 > 0.5 stands still; a tie stands still.
    torch.testing.assert_close(error, torch.tensor([[[0.2, 0.5, 0.5]]]))
    assert used.tolist() == [[[True, False, False]]]
    # Averaged: 0.3 < 0.61, 0.7 < 0.71, but 0.7 > 0.61.
    error, used = select_reprojection(reprojection, identity + 0.01, minimum=False)
    torch.testing.assert_close(error, torch.tensor([[[0.3, 0.7, 0.61]]]))
    assert used.tolist() == [[[True, True, False]]]


def test_masked_share_of_a_half_static_scene(build, small_views):
    views = small_views()
    sources, warped = views.sources.clone(), views.warped.clone()
    # The left half stands still, the right half is explained by the warp.
    sources[..., :2] = views.target[:, None, ..., :2]
    warped[..., 2:] = views.target[:, None, ..., 2:]
    loss = build('PhotometricLoss', alpha=0.)
    terms = loss(small_views(target=views.target, sources=sources, warped=warped))
    assert terms['automasked'].item() == pytest.approx(0.25)
    assert terms['loss_photometric'].item() == 0


def test_the_map_is_what_the_loss_is_the_mean_of(build, small_views):
    views = small_views()
    sources, warped = views.sources.clone(), views.warped.clone()
    sources[..., :2] = views.target[:, None, ..., :2]
    sources[..., 2:] = views.target[:, None, ..., 2:] + 0.3
    warped[..., 2:] = views.target[:, None, ..., 2:] + 0.1
    views = small_views(target=views.target, sources=sources, warped=warped)
    loss = build('PhotometricLoss', alpha=0., loss_weight=3.)
    error, used = loss.error_map(views)
    assert error.shape == used.shape == (2, 6, 8)
    assert used[..., 2:].all()
    assert not used[..., :2].any()
    torch.testing.assert_close(error[..., 2:], torch.full_like(error[..., 2:], 0.1))
    assert loss(views)['loss_photometric'].item() == pytest.approx(3 * error.mean().item())


def test_masked_pixels_have_no_gradient(build, small_views):
    views = small_views()
    sources = views.sources.clone()
    sources[..., :2] = views.target[:, None, ..., :2]
    warped = views.warped.clone().requires_grad_()
    sources.requires_grad_()
    terms = build('PhotometricLoss', alpha=0.)(
        small_views(target=views.target, sources=sources, warped=warped))
    terms['loss_photometric'].backward()
    assert sources.grad is None
    assert not warped.grad[..., :2].any()
    assert warped.grad[..., 2:].any()


def test_diagnostics_are_no_losses(build, small_views):
    terms = build('PhotometricLoss')(small_views())
    assert [name for name in terms if 'loss' in name] == ['loss_photometric']
    assert set(build('PhotometricLoss', auto_mask=False)(small_views())) == {'loss_photometric'}


def test_weight_is_a_factor(build, small_views):
    views = small_views()
    once = build('PhotometricLoss')(views)['loss_photometric']
    thrice = build('PhotometricLoss', loss_weight=3.)(views)['loss_photometric']
    torch.testing.assert_close(thrice, 3 * once)


@pytest.mark.parametrize('min_reprojection', [True, False])
@pytest.mark.parametrize('auto_mask', [True, False])
def test_gradients_of_the_loss(build, small_views, min_reprojection, auto_mask):
    loss = build('PhotometricLoss', ssim_window=3, min_reprojection=min_reprojection,
                 auto_mask=auto_mask)
    views = small_views()
    target, sources = views.target[:1, :, :4, :5], views.sources[:1, ..., :4, :5]

    def value(warped):
        return loss(small_views(target=target, sources=sources, warped=warped))['loss_photometric']

    warped = views.warped[:1, ..., :4, :5].clone().requires_grad_()
    assert torch.autograd.gradcheck(value, warped)


def test_the_loss_of_a_mirrored_scene_is_the_same(build, reference):
    views = reference.views()
    mirror = torch.diag(torch.tensor([-1., 1., 1., 1.]))
    # A known motion, so that it can be mirrored as the data pipeline does it for a stereo pair.
    motion = torch.eye(4).repeat(2, 2, 1, 1)
    motion[:, :, 0, 3] = torch.tensor([0.3, -0.5])
    motion[:, :, 2, 3] = 0.2
    cam2img = reference.K[:, :3, :3]

    def losses(flip):
        target, sources, depth = (
            x.detach().flip(-1) if flip else x.detach()
            for x in (views.target, views.sources, views.depth))
        camera = flip_intrinsics(cam2img, target.shape[-1]) if flip else cam2img
        moved = mirror @ motion @ mirror if flip else motion
        warped, valid = synthesize(sources, depth, camera, moved)
        seen = SynthesizedViews(target, sources, warped, valid, depth)
        terms = build('PhotometricLoss')(seen)
        terms.update(build('EdgeAwareSmoothnessLoss')(seen))
        return terms

    plain, flipped = losses(False), losses(True)
    for name in ('loss_photometric', 'loss_smoothness', 'automasked'):
        torch.testing.assert_close(flipped[name], plain[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(('settings', 'message'), [
    (dict(alpha=1.5), r'alpha must be in \[0, 1\], got 1\.5'),
    (dict(ssim_window=4), 'ssim_window must be odd and positive, got 4'),
    (dict(ssim_window=-1), 'ssim_window must be odd and positive, got -1'),
    (dict(padding_mode='wrap'), "Unknown padding_mode 'wrap'.*'border'")])
def test_bad_settings(build, settings, message):
    with pytest.raises(ValueError, match=message):
        build('PhotometricLoss', **settings)
