from .depth_inferencer import DepthInferencer
from .init_model import init_model

__all__ = ['DepthInferencer', 'init_model']
