from .base_depth_estimator import BaseDepthEstimator, NonFiniteLossError
from .self_sup_depth_estimator import SelfSupDepthEstimator
from .supervised_depth_estimator import SupervisedDepthEstimator

__all__ = [
    'BaseDepthEstimator', 'NonFiniteLossError', 'SelfSupDepthEstimator',
    'SupervisedDepthEstimator'
]
