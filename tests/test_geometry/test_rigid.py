"""Rotations and rigid motions."""

import math

import pytest
import torch
from closeness import relative_difference

from spidepth_mm.geometry import (
    invert_transform,
    rotation_angle,
    rotation_from_axisangle,
    transform_from_axisangle,
    transform_from_rotation_translation,
)


def skew(w: torch.Tensor) -> torch.Tensor:
    x, y, z = w.tolist()
    return torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=w.dtype)


def test_transforms_meet_the_reference(load_reference):
    ref = load_reference('geometry')
    axisangle, translation = torch.from_numpy(ref.axisangle), torch.from_numpy(ref.translation)
    transform = transform_from_axisangle(axisangle, translation)
    assert relative_difference(transform, ref.T) < 1e-6
    inverted = transform_from_axisangle(axisangle, translation, invert=True)
    assert relative_difference(inverted, ref.T_inverted) < 1e-6


@pytest.mark.parametrize('angle', [0., 1e-9, 1e-5, 0.999e-3, 1.001e-3, 0.1, 2., math.pi, 5.])
def test_rotation_is_the_exponential_of_the_skew_matrix(angle):
    axis = torch.tensor([2., -3., 6.], dtype=torch.float64) / 7
    rotation = rotation_from_axisangle(angle * axis)
    # The second-order term of a small rotation is below 1e-6: its series is seen at 1e-14 only.
    torch.testing.assert_close(
        rotation, torch.linalg.matrix_exp(skew(angle * axis)), rtol=0,
        atol=1e-14 if angle < 0.01 else 1e-12)
    torch.testing.assert_close(
        rotation @ rotation.T, torch.eye(3, dtype=torch.float64), rtol=0, atol=1e-12)
    assert torch.det(rotation).item() == pytest.approx(1)


def test_a_quarter_turn_about_z_takes_x_to_y():
    rotation = rotation_from_axisangle(torch.tensor([0., 0., math.pi / 2]))
    torch.testing.assert_close(
        rotation @ torch.tensor([1., 0., 0.]), torch.tensor([0., 1., 0.]), atol=1e-6, rtol=0)


def test_rotation_keeps_leading_dimensions():
    axisangle = torch.randn(2, 5, 3)
    rotation = rotation_from_axisangle(axisangle)
    assert rotation.shape == (2, 5, 3, 3)
    torch.testing.assert_close(rotation[1, 3], rotation_from_axisangle(axisangle[1, 3]))


@pytest.mark.parametrize('scale', [0., 1e-8, 1e-4, 1e-3, 0.3, 3.])
def test_gradients_of_rotation(scale):
    axisangle = scale * torch.tensor([[0.6, -0.64, 0.48]], dtype=torch.float64)
    assert torch.autograd.gradcheck(rotation_from_axisangle, axisangle.requires_grad_())


@pytest.mark.parametrize('scale', [0., 1e-12, 1e-7])
def test_gradient_is_finite_at_no_rotation_in_float32(scale):
    axisangle = (scale * torch.tensor([[1., -2., 0.5]])).requires_grad_()
    weights = torch.arange(9.).view(3, 3)
    (rotation_from_axisangle(axisangle) * weights).sum().backward()
    # dR/dw at zero is the skew matrix: x picks R[2,1] - R[1,2] and so on.
    torch.testing.assert_close(
        axisangle.grad, torch.tensor([[7. - 5, 2. - 6, 3. - 1]]), atol=1e-4, rtol=1e-4)


def test_no_motion_is_the_identity():
    transform = transform_from_axisangle(torch.zeros(2, 3), torch.zeros(2, 3))
    assert torch.equal(transform, torch.eye(4).expand(2, 4, 4))


def test_translation_is_taken_as_predicted():
    axisangle, translation = torch.randn(3, 3), torch.randn(3, 3)
    transform = transform_from_axisangle(axisangle, translation)
    assert torch.equal(transform[:, :3, 3], translation)
    assert torch.equal(transform[:, 3], torch.tensor([0., 0., 0., 1.]).expand(3, 4))


@pytest.mark.parametrize('shape', [(), (4, ), (2, 3)])
def test_inverse_undoes_the_motion(shape):
    transform = transform_from_rotation_translation(
        rotation_from_axisangle(torch.randn(*shape, 3, dtype=torch.float64)),
        torch.randn(*shape, 3, dtype=torch.float64))
    identity = torch.eye(4, dtype=torch.float64).expand(*shape, 4, 4)
    inverse = invert_transform(transform)
    torch.testing.assert_close(inverse @ transform, identity)
    torch.testing.assert_close(transform @ inverse, identity)
    torch.testing.assert_close(invert_transform(inverse), transform)


def test_inverted_pose_is_the_inverse_of_the_pose():
    pose = torch.randn(3, 3, dtype=torch.float64), torch.randn(3, 3, dtype=torch.float64)
    there, back = transform_from_axisangle(*pose), transform_from_axisangle(*pose, invert=True)
    torch.testing.assert_close(there @ back, torch.eye(4, dtype=torch.float64).expand(3, 4, 4))


@pytest.mark.parametrize('angle', [0., 1e-6, 1e-3, 0.1, 2., 3.1])
def test_angle_of_a_rotation_in_single_precision(angle):
    axis = torch.tensor([2., -3., 6.]) / 7
    turned = transform_from_axisangle((angle * axis)[None], torch.ones(1, 3))
    assert rotation_angle(turned).item() == pytest.approx(angle, rel=1e-5, abs=1e-12)
