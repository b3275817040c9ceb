"""Everything that learns. Importing this registers it."""

from .backbones import ConvNeXt, ConvNeXtV2
from .data_preprocessors import DepthDataPreprocessor
from .estimators import SelfSupDepthEstimator
from .heads import SQLHead
from .losses import EdgeAwareSmoothnessLoss, PhotometricLoss, SILogLoss
from .necks import UNetDecoder
from .pose_nets import PoseCNN, StrengthenedPoseNet

__all__ = [
    'ConvNeXt', 'ConvNeXtV2', 'DepthDataPreprocessor', 'EdgeAwareSmoothnessLoss',
    'PhotometricLoss', 'PoseCNN', 'SILogLoss', 'SQLHead', 'SelfSupDepthEstimator',
    'StrengthenedPoseNet', 'UNetDecoder'
]
