"""Pinhole cameras."""

import pytest
import torch
from closeness import relative_difference

from spidepth_mm.geometry import (
    backproject,
    crop_intrinsics,
    flip_intrinsics,
    pixel_grid,
    project,
    resize_intrinsics,
    synthesize,
)

MIRROR = torch.diag(torch.tensor([-1., 1., 1., 1.], dtype=torch.float64))


def test_pixel_grid_counts_columns_then_rows():
    grid = pixel_grid(2, 3)
    assert grid.shape == (3, 2, 3)
    assert grid[0].tolist() == [[0, 1, 2], [0, 1, 2]]
    assert grid[1].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert (grid[2] == 1).all()


def test_pixel_grid_has_the_asked_dtype():
    assert pixel_grid(2, 2, dtype=torch.float64).dtype == torch.float64


def test_backproject_meets_the_reference(load_reference):
    ref = load_reference('geometry')
    points = backproject(torch.from_numpy(ref.depth), torch.from_numpy(ref.K[:, :3, :3]))
    assert relative_difference(points, ref.points) < 1e-6


def test_backproject_by_hand():
    cam2img = torch.tensor([[[2., 0., 1.], [0., 4., 1.], [0., 0., 1.]]])
    depth = torch.full((1, 1, 3, 4), 8.)
    points = backproject(depth, cam2img)
    # Pixel (3, 2): x = (3 - 1) / 2 * 8, y = (2 - 1) / 4 * 8.
    torch.testing.assert_close(points[0, :, 2, 3], torch.tensor([8., 2., 8.]))


def test_project_undoes_backproject(scene):
    pixels, z = project(backproject(scene.depth, scene.cam2img), scene.cam2img)
    grid = pixel_grid(*scene.depth.shape[-2:], dtype=torch.float64)
    torch.testing.assert_close(pixels, grid[:2].expand_as(pixels))
    torch.testing.assert_close(z, scene.depth)


@pytest.mark.parametrize('z', [0., 1e-9, -1e-9, -3.])
def test_project_is_finite_at_and_behind_the_camera(scene, z):
    points = torch.tensor([1., 2., z], dtype=torch.float64).view(1, 3, 1, 1).requires_grad_()
    pixels, found = project(points, scene.cam2img[:1])
    pixels.sum().backward()
    assert torch.isfinite(pixels).all()
    assert torch.isfinite(points.grad).all()
    assert found.item() == z


def test_camera_gradients(scene):
    depth = scene.depth[:, :, :3, :4].clone().requires_grad_()
    cam2img = scene.cam2img.clone().requires_grad_()
    assert torch.autograd.gradcheck(backproject, (depth, cam2img))
    points = backproject(depth, cam2img).detach().requires_grad_()
    assert torch.autograd.gradcheck(project, (points, cam2img))


def test_intrinsics_by_hand():
    cam2img = torch.tensor([[100., 0., 49.5], [0., 80., 20.], [0., 0., 1.]])
    resized = resize_intrinsics(cam2img, 0.5, 2)
    # The centre of 100 columns stays the centre of 50.
    torch.testing.assert_close(
        resized, torch.tensor([[50., 0., 24.5], [0., 160., 40.5], [0., 0., 1.]]))
    torch.testing.assert_close(
        crop_intrinsics(cam2img, 10, 5),
        torch.tensor([[100., 0., 39.5], [0., 80., 15.], [0., 0., 1.]]))
    torch.testing.assert_close(
        flip_intrinsics(cam2img, 90),
        torch.tensor([[100., 0., 39.5], [0., 80., 20.], [0., 0., 1.]]))


def test_resize_is_undone_by_its_inverse(scene):
    there = resize_intrinsics(scene.cam2img, 0.3, 1.7)
    torch.testing.assert_close(resize_intrinsics(there, 1 / 0.3, 1 / 1.7), scene.cam2img)


def test_intrinsics_do_not_change_their_input(scene):
    before = scene.cam2img.clone()
    resize_intrinsics(scene.cam2img, 2, 2)
    crop_intrinsics(scene.cam2img, 1, 1)
    flip_intrinsics(scene.cam2img, 15)
    assert torch.equal(scene.cam2img, before)


def test_a_warp_of_mirrored_frames_is_the_mirrored_warp(scene):
    warped, valid = synthesize(
        scene.sources, scene.depth, scene.cam2img, scene.source_from_target)
    mirrored, mirrored_valid = synthesize(
        scene.sources.flip(-1), scene.depth.flip(-1), flip_intrinsics(scene.cam2img, 15),
        MIRROR @ scene.source_from_target @ MIRROR)
    torch.testing.assert_close(mirrored.flip(-1), warped)
    assert torch.equal(mirrored_valid.flip(-1), valid)


def test_a_warp_of_cropped_frames_is_the_cropped_warp(scene):
    top, left = 2, 3
    warped, valid = synthesize(
        scene.sources, scene.depth, scene.cam2img, scene.source_from_target)
    cropped, inside = synthesize(
        scene.sources[..., top:, left:], scene.depth[..., top:, left:],
        crop_intrinsics(scene.cam2img, left, top), scene.source_from_target)
    # A sampling point inside the crop is inside the image.
    assert inside.sum() > 50
    assert not (inside & ~valid[..., top:, left:]).any()
    inside = inside.expand_as(cropped)
    torch.testing.assert_close(cropped[inside], warped[..., top:, left:][inside])


def test_a_warp_of_resized_frames_is_the_resized_warp(scene):
    # Every third pixel from the second on: the exact resize by 1/3 of an image that is linear
    # in u and v, and bilinear sampling of such an image is exact at any size.
    u, v, _ = pixel_grid(9, 15, dtype=torch.float64)
    colours = torch.tensor([[0.02, 0.01], [-0.01, 0.03], [0.01, -0.04]], dtype=torch.float64)
    linear = 0.4 + colours[:, :1, None] * u + colours[:, 1:, None] * v
    sources = linear.expand(2, 2, 3, 9, 15)
    warped, _ = synthesize(sources, scene.depth, scene.cam2img, scene.source_from_target)
    small, inside = synthesize(
        sources[..., 1::3, 1::3], scene.depth[..., 1::3, 1::3],
        resize_intrinsics(scene.cam2img, 1 / 3, 1 / 3), scene.source_from_target)
    inside = inside.expand_as(small)
    assert inside.sum() > 60
    torch.testing.assert_close(small[inside], warped[..., 1::3, 1::3][inside])
