from .base_depth_head import BaseDepthHead
from .sql_head import SQLHead

__all__ = ['BaseDepthHead', 'SQLHead']
