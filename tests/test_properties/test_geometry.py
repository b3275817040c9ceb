"""What holds for every camera, depth and motion."""

from types import SimpleNamespace

import pytest
import torch
from bounded import bounded
from hypothesis import given
from hypothesis import strategies as st

from spidepth_mm.geometry import (
    backproject,
    crop_intrinsics,
    depth_to_disparity,
    disparity_to_depth,
    flip_intrinsics,
    invert_transform,
    median_scale,
    project,
    resize_depth,
    resize_intrinsics,
    sampling_grid,
    sigmoid_to_disparity,
    synthesize,
    transform_from_axisangle,
    transform_from_rotation_translation,
)

MIRROR = torch.diag(torch.tensor([-1., 1, 1, 1], dtype=torch.float64))


@st.composite
def scenes(draw, motion=0.2):
    """One image with two sources, of any small size, camera, depth and motion; float64."""
    height, width = draw(st.integers(5, 9)), draw(st.integers(5, 12))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))

    def rand(*shape):
        return torch.rand(shape, generator=generator, dtype=torch.float64)

    cam2img = torch.eye(3, dtype=torch.float64)[None].clone()
    cam2img[:, 0, 0] = draw(st.floats(3, 60))
    cam2img[:, 1, 1] = draw(st.floats(3, 60))
    cam2img[:, 0, 2] = (width - 1) * draw(st.floats(0.1, 0.9))
    cam2img[:, 1, 2] = (height - 1) * draw(st.floats(0.1, 0.9))
    scale = 10**draw(st.floats(-2, 2))
    depth = scale * (1 + rand(1, 1, height, width))
    axisangle, translation = motion * (rand(2, 3) - 0.5), scale * motion * (rand(2, 3) - 0.5)
    return SimpleNamespace(
        height=height, width=width, cam2img=cam2img, depth=depth, scale=scale,
        sources=rand(1, 2, 3, height, width),
        motion=transform_from_axisangle(axisangle, translation)[None])


@bounded(25)
@given(scenes())
def test_a_warp_by_the_identity_is_the_identity(scene):
    still = torch.eye(4, dtype=torch.float64).expand(1, 2, 4, 4)
    warped, _ = synthesize(scene.sources, scene.depth, scene.cam2img, still)
    torch.testing.assert_close(warped, scene.sources, rtol=1e-9, atol=1e-9)


@bounded(25)
@given(scenes())
def test_what_was_lifted_projects_where_it_was(scene):
    pixels, z = project(backproject(scene.depth, scene.cam2img), scene.cam2img)
    grid, _ = sampling_grid(scene.depth, scene.cam2img,
                                torch.eye(4, dtype=torch.float64)[None, None])
    torch.testing.assert_close(z, scene.depth)
    size = torch.tensor([scene.width - 1, scene.height - 1], dtype=torch.float64)
    torch.testing.assert_close((grid[0, 0] + 1) / 2 * size, pixels[0].permute(1, 2, 0))


@bounded(25)
@given(scenes())
def test_a_warp_of_mirrored_frames_is_the_mirrored_warp(scene):
    warped, _ = synthesize(scene.sources, scene.depth, scene.cam2img, scene.motion)
    mirrored, _ = synthesize(
        scene.sources.flip(-1), scene.depth.flip(-1),
        flip_intrinsics(scene.cam2img, scene.width), MIRROR @ scene.motion @ MIRROR)
    torch.testing.assert_close(mirrored.flip(-1), warped, rtol=1e-7, atol=1e-7)


@bounded(25)
@given(scenes(), st.integers(0, 2), st.integers(0, 2))
def test_cropping_commutes_with_the_grid(scene, left, top):
    def pixels_of(depth, cam2img):
        grid, _ = sampling_grid(depth, cam2img, scene.motion)
        height, width = depth.shape[-2:]
        return (grid + 1) / 2 * torch.tensor([width - 1, height - 1], dtype=torch.float64)

    whole = pixels_of(scene.depth, scene.cam2img)
    cropped = pixels_of(scene.depth[..., top:, left:],
                        crop_intrinsics(scene.cam2img, left, top))
    torch.testing.assert_close(
        cropped + torch.tensor([left, top], dtype=torch.float64), whole[..., top:, left:, :],
        rtol=1e-7, atol=1e-7)


@bounded(25)
@given(scenes(), st.floats(0.2, 5), st.floats(0.2, 5))
def test_resizing_commutes_with_projection(scene, scale_x, scale_y):
    """Pixel edges, half a pixel beside the centres, scale by the factor."""
    points = backproject(scene.depth, scene.cam2img)
    before, _ = project(points, scene.cam2img)
    after, _ = project(points, resize_intrinsics(scene.cam2img, scale_x, scale_y))
    scales = torch.tensor([scale_x, scale_y], dtype=torch.float64).view(1, 2, 1, 1)
    torch.testing.assert_close(after + 0.5, (before + 0.5) * scales)


@bounded(25)
@given(scenes(), st.floats(1e-3, 1e3))
def test_the_unit_of_length_does_not_matter(scene, unit):
    scaled = scene.motion.clone()
    scaled[..., :3, 3] *= unit
    one, _ = synthesize(scene.sources, scene.depth, scene.cam2img, scene.motion)
    other, _ = synthesize(scene.sources, unit * scene.depth, scene.cam2img, scaled)
    torch.testing.assert_close(other, one, rtol=1e-6, atol=1e-6)


@bounded(25)
@given(scenes(motion=2.))
def test_a_motion_and_its_inverse_undo_each_other(scene):
    identity = torch.eye(4, dtype=torch.float64).expand(1, 2, 4, 4)
    undone = invert_transform(scene.motion) @ scene.motion
    torch.testing.assert_close(undone, identity, rtol=0, atol=1e-9 * max(1, scene.scale))
    rotation = scene.motion[..., :3, :3]
    torch.testing.assert_close(torch.linalg.det(rotation), torch.ones(1, 2, dtype=torch.float64))


@bounded(25)
@given(st.floats(1e-3, 10), st.floats(1.1, 1e4), st.floats(0, 1))
def test_disparity_and_depth_are_inverse_and_in_range(near, ratio, sigmoid):
    value = torch.tensor(sigmoid, dtype=torch.float64)
    disparity = sigmoid_to_disparity(value, near, near * ratio)
    depth = disparity_to_depth(disparity)
    assert near * (1 - 1e-9) <= depth <= near * ratio * (1 + 1e-9)
    torch.testing.assert_close(depth_to_disparity(depth), disparity)


# Gradients that other tests do not take ----------------------------------------------


def leaf(*shape, low=0.5, high=2.):
    return torch.empty(shape, dtype=torch.float64).uniform_(low, high).requires_grad_()


@pytest.mark.parametrize(('function', 'inputs'), [
    (depth_to_disparity, lambda: (leaf(5), )),
    (disparity_to_depth, lambda: (leaf(5), )),
    (lambda x: sigmoid_to_disparity(x, 0.1, 80.), lambda: (leaf(5, low=0.1, high=0.9), )),
    (lambda x: resize_depth(x, (5, 7)), lambda: (leaf(1, 1, 3, 4), )),
    (lambda x: resize_depth(x, (5, 7), 'disparity'), lambda: (leaf(1, 1, 3, 4), )),
    (median_scale, lambda: (leaf(5), leaf(5))),
    (lambda k: resize_intrinsics(k, 0.5, 2.), lambda: (leaf(2, 3, 3), )),
    (lambda k: crop_intrinsics(k, 2, 3), lambda: (leaf(2, 3, 3), )),
    (lambda k: flip_intrinsics(k, 9), lambda: (leaf(2, 3, 3), )),
    (invert_transform, lambda: (leaf(2, 4, 4), )),
    (transform_from_rotation_translation, lambda: (leaf(2, 3, 3), leaf(2, 3))),
    (lambda a, t: transform_from_axisangle(a, t, invert=True), lambda: (leaf(2, 3), leaf(2, 3)))])
def test_gradients(function, inputs):
    assert torch.autograd.gradcheck(function, inputs())
