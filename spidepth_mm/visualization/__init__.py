from .colorize import colorize_depth, colorize_error, disparity_range
from .depth_grid import depth_panels, stack_grid, write_picture
from .legend import draw_depth, draw_legend, smooth_limits
from .point_cloud import ply_bytes, point_cloud
from .window import check_display, show_picture

__all__ = [
    'check_display', 'colorize_depth', 'colorize_error', 'depth_panels', 'disparity_range',
    'draw_depth', 'draw_legend', 'ply_bytes', 'point_cloud', 'show_picture', 'smooth_limits',
    'stack_grid', 'write_picture'
]
