"""Everything that learns. Importing this registers it."""

from .backbones import ConvNeXt, ConvNeXtV2, ResNet
from .data_preprocessors import DepthDataPreprocessor
from .estimators import SelfSupDepthEstimator
from .heads import MultiScaleDisparityHead, SQLHead
from .losses import EdgeAwareSmoothnessLoss, PhotometricLoss, SILogLoss
from .necks import DenseDepthDecoder, Monodepth2Decoder, UNetDecoder
from .pose_nets import PoseCNN, StrengthenedPoseNet

__all__ = [
    'ConvNeXt', 'ConvNeXtV2', 'DenseDepthDecoder', 'DepthDataPreprocessor',
    'EdgeAwareSmoothnessLoss', 'Monodepth2Decoder', 'MultiScaleDisparityHead', 'PhotometricLoss',
    'PoseCNN', 'ResNet', 'SILogLoss', 'SQLHead', 'SelfSupDepthEstimator', 'StrengthenedPoseNet',
    'UNetDecoder'
]
