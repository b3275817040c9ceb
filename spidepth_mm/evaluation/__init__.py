from .depth_metric import DepthMetric
from .evaluate import evaluate_depth
from .pose_errors import evaluate_trajectory
from .pose_metric import PoseMetric
from .protocols import PROTOCOLS, DepthProtocol, get_protocol

__all__ = [
    'PROTOCOLS', 'DepthMetric', 'DepthProtocol', 'PoseMetric', 'evaluate_depth',
    'evaluate_trajectory', 'get_protocol'
]
