"""View synthesis."""

import pytest
import torch
from closeness import relative_difference

from spidepth_mm.geometry import (
    backproject,
    crop_intrinsics,
    sampling_grid,
    synthesize,
    transform_from_axisangle,
)
from spidepth_mm.geometry.warp import PADDING_MODES


@pytest.fixture
def reference(load_reference):
    """The reference's inputs in the form that ours take; two of its four poses are used."""
    ref = load_reference('geometry')
    ref.cam2img = torch.from_numpy(ref.K[:, :3, :3])
    ref.source_from_target = torch.from_numpy(ref.T[:2]).unsqueeze(1)
    ref.sources = torch.from_numpy(ref.image).unsqueeze(1)
    return ref


def test_grid_meets_the_reference(reference):
    grid, _ = sampling_grid(
        torch.from_numpy(reference.depth), reference.cam2img, reference.source_from_target)
    assert relative_difference(grid[:, 0], reference.grid) < 1e-5


def test_warp_and_its_gradient_meet_the_reference(reference):
    depth = torch.from_numpy(reference.depth).requires_grad_()
    warped, _ = synthesize(
        reference.sources, depth, reference.cam2img, reference.source_from_target)
    assert relative_difference(warped[:, 0], reference.warped) < 1e-4
    warped.mean().backward()
    assert relative_difference(depth.grad, reference.grad_depth) < 1e-4


def warp_pixel_by_pixel(source, depth, cam2img, source_from_target):
    """One (C, H, W) source warped by the definition, with the border repeated outside."""
    channels, height, width = source.shape
    warped = torch.zeros(channels, height, width, dtype=source.dtype)
    valid = torch.zeros(height, width, dtype=torch.bool)
    inverse = cam2img.inverse()
    for v in range(height):
        for u in range(width):
            ray = inverse @ torch.tensor([u, v, 1.], dtype=source.dtype)
            point = source_from_target[:3, :3] @ (depth[v, u] * ray) + source_from_target[:3, 3]
            x, y, z = (cam2img @ point).tolist()
            x, y = x / z, y / z
            valid[v, u] = 0 <= x <= width - 1 and 0 <= y <= height - 1 and z > 0
            x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
            left, top = min(int(x), width - 2), min(int(y), height - 2)
            a, b = x - left, y - top
            warped[:, v, u] = ((1 - a) * (1 - b) * source[:, top, left]
                               + a * (1 - b) * source[:, top, left + 1]
                               + (1 - a) * b * source[:, top + 1, left]
                               + a * b * source[:, top + 1, left + 1])
    return warped, valid


def test_synthesize_is_the_definition(scene):
    warped, valid = synthesize(
        scene.sources, scene.depth, scene.cam2img, scene.source_from_target)
    assert valid.any()
    assert not valid.all()
    for b in range(2):
        for s in range(2):
            expected, inside = warp_pixel_by_pixel(
                scene.sources[b, s], scene.depth[b, 0], scene.cam2img[b],
                scene.source_from_target[b, s])
            torch.testing.assert_close(warped[b, s], expected)
            assert torch.equal(valid[b, s, 0], inside)


@pytest.mark.parametrize('padding_mode', PADDING_MODES)
def test_no_motion_shows_the_source_itself(scene, padding_mode):
    still = torch.eye(4, dtype=torch.float64).expand(2, 2, 4, 4)
    warped, _ = synthesize(scene.sources, scene.depth, scene.cam2img, still, padding_mode)
    torch.testing.assert_close(warped, scene.sources)


def test_no_motion_is_valid_inside(scene):
    _, valid = synthesize(scene.sources, scene.depth, scene.cam2img,
                          torch.eye(4, dtype=torch.float64).expand(2, 2, 4, 4))
    assert valid[..., 1:-1, 1:-1].all()


def test_a_sideways_step_shifts_the_image(scene):
    # Two pixels: 2 * depth / fx to the right puts every point two pixels further right.
    depth = torch.full((1, 1, 9, 15), 5., dtype=torch.float64)
    cam2img = scene.cam2img[:1]
    step = torch.tensor([[2 * 5 / cam2img[0, 0, 0], 0., 0.]], dtype=torch.float64)
    moved = transform_from_axisangle(torch.zeros_like(step), step).unsqueeze(1)
    warped, valid = synthesize(scene.sources[:1, :1], depth, cam2img, moved, 'zeros')
    torch.testing.assert_close(warped[..., :-2], scene.sources[:1, :1, ..., 2:])
    assert (warped[..., -1] == 0).all()
    assert not valid[..., -1].any()
    assert valid[..., 1:-1, :-3].all()


def test_sources_are_warped_each_by_its_own_motion(scene):
    together, together_valid = synthesize(
        scene.sources, scene.depth, scene.cam2img, scene.source_from_target)
    for s in range(2):
        alone, alone_valid = synthesize(
            scene.sources[:, s:s + 1], scene.depth, scene.cam2img,
            scene.source_from_target[:, s:s + 1])
        torch.testing.assert_close(alone[:, 0], together[:, s])
        assert torch.equal(alone_valid[:, 0], together_valid[:, s])


def test_points_behind_the_source_are_not_valid(scene):
    # 100 m back: the mirrored projection falls inside the image, though nothing is seen there.
    back = torch.tensor([[0., 0., -100.]] * 2, dtype=torch.float64)
    motion = transform_from_axisangle(torch.zeros_like(back), back).unsqueeze(1)
    grid, valid = sampling_grid(scene.depth, scene.cam2img, motion)
    assert (grid.abs() <= 1).all(-1).any()
    assert not valid.any()


def test_points_on_the_camera_plane_stay_finite(scene):
    depth = torch.full((2, 1, 9, 15), 3., dtype=torch.float64, requires_grad=True)
    back = torch.tensor([[0.1, 0., -3.]] * 2, dtype=torch.float64)
    motion = transform_from_axisangle(torch.zeros_like(back), back).unsqueeze(1)
    warped, valid = synthesize(scene.sources[:, :1], depth, scene.cam2img, motion)
    warped.sum().backward()
    assert torch.isfinite(warped).all()
    assert torch.isfinite(depth.grad).all()
    assert not valid.any()


def test_a_source_may_have_a_camera_of_its_own(scene):
    zoomed = scene.cam2img.clone()
    zoomed[:, :2] *= 2
    grid, _ = sampling_grid(scene.depth, scene.cam2img, scene.source_from_target,
                            zoomed.unsqueeze(1).expand(-1, 2, -1, -1))
    plain, _ = sampling_grid(scene.depth, scene.cam2img, scene.source_from_target)
    torch.testing.assert_close(grid + 1, 2 * (plain + 1))


def test_gradients_of_the_sampling_grid(scene):
    depth = scene.depth[:1, :, :3, :4].clone().requires_grad_()
    axisangle = scene.axisangle[:1].clone().requires_grad_()
    translation = scene.translation[:1].clone().requires_grad_()

    def grid(depth, axisangle, translation):
        motion = transform_from_axisangle(axisangle, translation).unsqueeze(1)
        return sampling_grid(depth, scene.cam2img[:1], motion)[0]

    assert torch.autograd.gradcheck(grid, (depth, axisangle, translation))


@pytest.mark.parametrize('padding_mode', PADDING_MODES)
def test_gradients_of_synthesis(scene, padding_mode):
    # Points that stay inside a pixel under the finite difference: bilinear sampling has kinks.
    depth = scene.depth[:1, :, 2:6, 3:9].clone().requires_grad_()
    axisangle = (0.1 * scene.axisangle[:1]).requires_grad_()
    translation = (0.1 * scene.translation[:1]).requires_grad_()
    sources = scene.sources[:1, :1, :, 2:6, 3:9].clone().requires_grad_()
    cam2img = crop_intrinsics(scene.cam2img[:1], 3, 2)

    def warp(sources, depth, axisangle, translation):
        motion = transform_from_axisangle(axisangle, translation).unsqueeze(1)
        return synthesize(sources, depth, cam2img, motion, padding_mode)[0]

    assert torch.autograd.gradcheck(warp, (sources, depth, axisangle, translation))


def test_unknown_padding_mode(scene):
    with pytest.raises(ValueError, match=r"Unknown padding_mode 'wrap'.*'border'"):
        synthesize(scene.sources, scene.depth, scene.cam2img, scene.source_from_target, 'wrap')


def test_points_of_the_grid_are_the_moved_points(scene):
    grid, _ = sampling_grid(scene.depth, scene.cam2img, scene.source_from_target)
    points = backproject(scene.depth, scene.cam2img)
    ones = torch.ones_like(points[:, :1])
    moved = torch.einsum('bsij,bjhw->bsihw', scene.source_from_target, torch.cat([points, ones], 1))
    image = torch.einsum('bij,bsjhw->bsihw', scene.cam2img, moved[:, :, :3])
    size = torch.tensor([14., 8.], dtype=torch.float64).view(2, 1, 1)
    expected = 2 * image[:, :, :2] / image[:, :, 2:] / size - 1
    torch.testing.assert_close(grid, expected.permute(0, 1, 3, 4, 2))


@pytest.mark.parametrize('padding_mode', PADDING_MODES)
def test_nan_depth_is_invalid_and_its_gradient_too(scene, padding_mode):
    """Sampled as it is, it would crash torch in the backward pass on a processor."""
    depth = torch.full((2, 1, 64, 128), float('nan')).requires_grad_()
    sources = torch.rand(2, 2, 3, 64, 128).requires_grad_()
    cam2img = scene.cam2img[:1].float().expand(2, -1, -1)
    motion = torch.eye(4).expand(2, 2, 4, 4)
    warped, valid = synthesize(sources, depth, cam2img, motion, padding_mode)
    warped.sum().backward()
    assert not valid.any()
    assert torch.isnan(depth.grad).all()
