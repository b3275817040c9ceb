from .depth_metric import DepthMetric
from .evaluate import evaluate_depth
from .protocols import PROTOCOLS, DepthProtocol, get_protocol

__all__ = ['PROTOCOLS', 'DepthMetric', 'DepthProtocol', 'evaluate_depth', 'get_protocol']
