"""View synthesis: what the source frames show at the pixels of the target."""

from typing import Optional, Tuple

import torch.nn.functional as F
from torch import Tensor

from .camera import MIN_Z, backproject, project

PADDING_MODES = ('border', 'zeros', 'reflection')
_FAR_OUTSIDE = 4.  # in half image sizes from the centre


def sampling_grid(depth: Tensor, cam2img: Tensor, source_from_target: Tensor,
                  source_cam2img: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
    """Where each target pixel lies in each source frame.

    Args:
        depth (Tensor): (B, 1, H, W), the target's camera z.
        cam2img (Tensor): (B, 3, 3), the target's intrinsics in pixels.
        source_from_target (Tensor): (B, S, 4, 4), depth's unit.
        source_cam2img (Tensor, optional): (B, S, 3, 3); the target's intrinsics if None.

    Returns:
        tuple[Tensor, Tensor]: grid (B, S, H, W, 2) for ``grid_sample`` with
        ``align_corners=True`` (-1 and 1 are the centres of the edge pixels),
        and valid (B, S, 1, H, W), bool: inside the source and in front of it.
    """
    batch, num_sources = source_from_target.shape[:2]
    height, width = depth.shape[-2:]
    points = backproject(depth, cam2img)

    rotation, translation = source_from_target[..., :3, :3], source_from_target[..., :3, 3:]
    # All sources' rotations below one another, so that the points are not copied for each.
    moved = (rotation.flatten(1, 2) @ points.flatten(2)).unflatten(1, (-1, 3)) + translation
    moved = moved.flatten(0, 1).unflatten(-1, (height, width))
    if source_cam2img is None:
        source_cam2img = cam2img.unsqueeze(1).expand(-1, num_sources, -1, -1)
    pixels, z = project(moved, source_cam2img.flatten(0, 1))

    last_pixel = pixels.new_tensor([width - 1, height - 1]).view(1, 2, 1, 1)
    grid = 2 * pixels / last_pixel - 1
    valid = (grid.abs() <= 1).all(1, keepdim=True) & (z > MIN_Z)
    grid = grid.permute(0, 2, 3, 1)
    return grid.unflatten(0, (batch, num_sources)), valid.unflatten(0, (batch, num_sources))


def synthesize(sources: Tensor, depth: Tensor, cam2img: Tensor, source_from_target: Tensor,
               padding_mode: str = 'border') -> Tuple[Tensor, Tensor]:
    """Warp S source frames into the target view in one batched sampling call.

    Zhou et al., "Unsupervised Learning of Depth and Ego-Motion from Video"
    (CVPR 2017), equation 2; differentiable in depth, pose and sources.

    Args:
        sources (Tensor): (B, S, C, H, W).
        depth (Tensor): (B, 1, H, W), the target's camera z.
        cam2img (Tensor): (B, 3, 3), pixels.
        source_from_target (Tensor): (B, S, 4, 4), depth's unit.
        padding_mode (str): What a pixel outside the source shows: 'border',
            'zeros' or 'reflection'.

    Returns:
        tuple[Tensor, Tensor]: warped (B, S, C, H, W) and valid (B, S, 1, H, W), bool.

    Raises:
        ValueError: If ``padding_mode`` is unknown.
    """
    if padding_mode not in PADDING_MODES:
        raise ValueError(f"Unknown padding_mode '{padding_mode}'. Valid modes are {PADDING_MODES}.")
    grid, valid = sampling_grid(depth, cam2img, source_from_target)
    # A point near the camera plane projects to +-1e6 and beyond; sampling far outside is the same
    # as sampling at 2 image sizes away, and stays finite in half precision. A NaN goes there too,
    # because torch's backward pass on a processor reads outside of its memory for it.
    grid = grid.flatten(0, 1).nan_to_num(_FAR_OUTSIDE).clamp(-_FAR_OUTSIDE, _FAR_OUTSIDE)
    warped = F.grid_sample(
        sources.flatten(0, 1), grid, mode='bilinear', padding_mode=padding_mode,
        align_corners=True)
    return warped.unflatten(0, sources.shape[:2]), valid
