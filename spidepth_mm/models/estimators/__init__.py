from .base_depth_estimator import BaseDepthEstimator, NonFiniteLossError
from .self_sup_depth_estimator import SelfSupDepthEstimator

__all__ = ['BaseDepthEstimator', 'NonFiniteLossError', 'SelfSupDepthEstimator']
