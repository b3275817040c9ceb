"""Pinhole cameras: pixels to rays, points to pixels, intrinsics under image operations.

Pixel centres lie on integers: the centre of the top-left pixel is (0, 0).
``cam2img`` is the 3x3 intrinsic matrix in pixels of the image it is used with.
"""

from typing import Optional, Tuple

import torch
from torch import Tensor

# A point closer to the camera plane than this has no pixel. It keeps the division finite; the
# reference implementations add 1e-7 to z instead, which is the same to float32 for z > 1e-3.
MIN_Z = 1e-6


def pixel_grid(height: int, width: int, device: Optional[torch.device] = None,
               dtype: torch.dtype = torch.float32) -> Tensor:
    """Homogeneous pixel coordinates.

    Returns:
        Tensor: (3, height, width), channels (u, v, 1); u grows to the right.
    """
    v, u = torch.meshgrid(
        torch.arange(height, device=device, dtype=dtype),
        torch.arange(width, device=device, dtype=dtype),
        indexing='ij')
    return torch.stack([u, v, torch.ones_like(u)])


def backproject(depth: Tensor, cam2img: Tensor) -> Tensor:
    """Lift each pixel to the 3D point that it shows.

    Args:
        depth (Tensor): (B, 1, H, W), camera z, any unit.
        cam2img (Tensor): (B, 3, 3), pixels.

    Returns:
        Tensor: (B, 3, H, W), points (x right, y down, z forward), depth's unit.
    """
    height, width = depth.shape[-2:]
    pixels = pixel_grid(height, width, depth.device, depth.dtype).flatten(1)
    rays = torch.linalg.inv(cam2img) @ pixels
    return depth * rays.unflatten(-1, (height, width))


def project(points: Tensor, cam2img: Tensor) -> Tuple[Tensor, Tensor]:
    """Project 3D points into a camera.

    Args:
        points (Tensor): (B, 3, H, W), camera coordinates.
        cam2img (Tensor): (B, 3, 3), pixels.

    Returns:
        tuple[Tensor, Tensor]: pixel coordinates (B, 2, H, W) as (u, v), and
        z (B, 1, H, W) in the points' unit. Points behind the camera have
        finite but meaningless coordinates: look at z.
    """
    image = (cam2img @ points.flatten(2)).unflatten(-1, points.shape[-2:])
    z = image[:, 2:]
    safe_z = torch.where(z.abs() < MIN_Z, torch.full_like(z, MIN_Z), z)
    return image[:, :2] / safe_z, z


def resize_intrinsics(cam2img: Tensor, scale_x: float, scale_y: float) -> Tensor:
    """Intrinsics of the image resized by (scale_x, scale_y).

    With pixel centres on integers the image's edge is at -0.5, so the
    principal point moves as cx' = (cx + 0.5) * s - 0.5.

    Args:
        cam2img (Tensor): (..., 3, 3), pixels of the image before.

    Returns:
        Tensor: (..., 3, 3), pixels of the image after.
    """
    resize = cam2img.new_tensor([[scale_x, 0, 0.5 * (scale_x - 1)],
                                 [0, scale_y, 0.5 * (scale_y - 1)],
                                 [0, 0, 1]])
    return resize @ cam2img


def crop_intrinsics(cam2img: Tensor, left: float, top: float) -> Tensor:
    """Intrinsics of the image whose first ``left`` columns and ``top`` rows were cut off.

    Args:
        cam2img (Tensor): (..., 3, 3), pixels of the image before.

    Returns:
        Tensor: (..., 3, 3), pixels of the image after.
    """
    crop = cam2img.new_tensor([[1, 0, -left], [0, 1, -top], [0, 0, 1]])
    return crop @ cam2img


def flip_intrinsics(cam2img: Tensor, width: int) -> Tensor:
    """Intrinsics of the horizontally mirrored image: cx' = width - 1 - cx.

    The mirrored world has its x axis mirrored too, so fx keeps its sign.

    Args:
        cam2img (Tensor): (..., 3, 3), pixels of the image before.

    Returns:
        Tensor: (..., 3, 3), pixels of the mirrored image.
    """
    mirror_image = cam2img.new_tensor([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]])
    mirror_world = cam2img.new_tensor([[-1, 0, 0], [0, 1, 0], [0, 0, 1]])
    return mirror_image @ cam2img @ mirror_world
