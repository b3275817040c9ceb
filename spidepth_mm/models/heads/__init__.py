from .base_depth_head import BaseDepthHead
from .multi_scale_disparity_head import MultiScaleDisparityHead
from .sql_head import SQLHead

__all__ = ['BaseDepthHead', 'MultiScaleDisparityHead', 'SQLHead']
