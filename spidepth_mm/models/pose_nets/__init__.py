from .pose_cnn import PoseCNN
from .strengthened_pose_net import StrengthenedPoseNet

__all__ = ['PoseCNN', 'StrengthenedPoseNet']
