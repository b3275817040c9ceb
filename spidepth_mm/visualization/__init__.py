from .colorize import colorize_depth, colorize_error, disparity_range
from .depth_grid import depth_panels, stack_grid, write_picture

__all__ = [
    'colorize_depth', 'colorize_error', 'depth_panels', 'disparity_range', 'stack_grid',
    'write_picture'
]
