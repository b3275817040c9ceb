"""Geometry as pure functions on tensors; nothing here knows of data or models."""

from .camera import (
                     backproject,
                     crop_intrinsics,
                     flip_intrinsics,
                     pixel_grid,
                     project,
                     resize_intrinsics,
)
from .depth import (
                     depth_to_disparity,
                     disparity_to_depth,
                     median_scale,
                     resize_depth,
                     sigmoid_to_disparity,
)
from .rigid import (
                     invert_transform,
                     rotation_angle,
                     rotation_from_axisangle,
                     transform_from_axisangle,
                     transform_from_rotation_translation,
)
from .warp import sampling_grid, synthesize

__all__ = [
    'backproject', 'crop_intrinsics', 'depth_to_disparity', 'disparity_to_depth',
    'flip_intrinsics', 'invert_transform', 'median_scale', 'pixel_grid', 'project',
    'resize_depth', 'resize_intrinsics', 'rotation_angle', 'rotation_from_axisangle',
    'sampling_grid', 'sigmoid_to_disparity', 'synthesize', 'transform_from_axisangle',
    'transform_from_rotation_translation'
]
