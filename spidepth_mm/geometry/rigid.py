"""Rigid motions as 4x4 matrices named ``a_from_b``: ``p_a = a_from_b @ p_b``."""

import torch
from torch import Tensor

# Below this squared angle the Taylor series are exact to float32 and the closed forms are 0/0.
_SMALL_ANGLE_SQ = 1e-6


def rotation_from_axisangle(axisangle: Tensor) -> Tensor:
    """Rodrigues' formula, finite and differentiable at zero rotation.

    R = I + a [w]x + b [w]x^2 with a = sin(t)/t, b = (1 - cos(t))/t^2 and
    ``t = |w|``; near zero a and b are their Taylor series, because the closed
    forms have no finite gradient there.

    Args:
        axisangle (Tensor): (..., 3), direction is the axis, length the angle
            in radians.

    Returns:
        Tensor: (..., 3, 3).
    """
    angle_sq = axisangle.square().sum(-1)[..., None, None]
    is_small = angle_sq < _SMALL_ANGLE_SQ
    # The where is on the input too: a NaN gradient of the unused branch would survive it.
    safe_sq = torch.where(is_small, torch.ones_like(angle_sq), angle_sq)
    angle = safe_sq.sqrt()
    a = torch.where(is_small, 1 - angle_sq / 6, angle.sin() / angle)
    # 2 sin^2(t/2) is 1 - cos(t) without the cancellation.
    b = torch.where(is_small, 0.5 - angle_sq / 24, 2 * (angle / 2).sin().square() / safe_sq)

    x, y, z = axisangle.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3))
    identity = torch.eye(3, device=axisangle.device, dtype=axisangle.dtype)
    return identity + a * skew + b * (skew @ skew)


def transform_from_rotation_translation(rotation: Tensor, translation: Tensor) -> Tensor:
    """Stack [R | t] to a rigid transform.

    Args:
        rotation (Tensor): (..., 3, 3).
        translation (Tensor): (..., 3).

    Returns:
        Tensor: (..., 4, 4).
    """
    top = torch.cat([rotation, translation.unsqueeze(-1)], -1)
    bottom = top.new_tensor([0, 0, 0, 1]).expand(*top.shape[:-2], 1, 4)
    return torch.cat([top, bottom], -2)


def invert_transform(transform: Tensor) -> Tensor:
    """Inverse of a rigid transform: [R^T | -R^T t].

    Args:
        transform (Tensor): (..., 4, 4), ``a_from_b``.

    Returns:
        Tensor: (..., 4, 4), ``b_from_a``.
    """
    rotation = transform[..., :3, :3].transpose(-1, -2)
    translation = -(rotation @ transform[..., :3, 3:]).squeeze(-1)
    return transform_from_rotation_translation(rotation, translation)


def transform_from_axisangle(axisangle: Tensor, translation: Tensor,
                             invert: bool = False) -> Tensor:
    """What a pose net's six numbers mean: [R(axisangle) | translation].

    The translation is taken as predicted; this is not the exponential map of
    SE(3).

    Args:
        axisangle (Tensor): (B, 3), radians.
        translation (Tensor): (B, 3), the depth's unit.
        invert (bool): Return the inverse motion, [R^T | -R^T t].

    Returns:
        Tensor: (B, 4, 4).
    """
    transform = transform_from_rotation_translation(
        rotation_from_axisangle(axisangle), translation)
    return invert_transform(transform) if invert else transform


def rotation_angle(transform: Tensor) -> Tensor:
    """By how much a rigid motion turns.

    Args:
        transform (Tensor): (..., 4, 4) or (..., 3, 3).

    Returns:
        Tensor: (...), radians, in [0, pi].
    """
    rotation = transform[..., :3, :3]
    skew = rotation - rotation.transpose(-1, -2)
    sine = torch.stack([skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]], -1).norm(dim=-1) / 2
    cosine = (rotation.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    # The arc cosine alone has no digits left at small angles.
    return torch.atan2(sine, cosine)
