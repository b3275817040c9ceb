"""The reference's pose nets and this package's ``StrengthenedPoseNet`` and ``PoseCNN``."""

from .convnext import CONVNEXT
from .name_map import NameMap
from .resnet import RESNET

STRENGTHENED_POSE_NET = (CONVNEXT + RESNET).under('encoder.', 'backbone.') + NameMap([
    ('squeeze.0.{leaf}', 'squeeze.{leaf}'),
    # The reference puts each convolution into a box with its ReLU.
    ('decoder.0.0.{leaf}', 'decoder.0.{leaf}'),
    ('decoder.1.0.{leaf}', 'decoder.2.{leaf}'),
    ('decoder.2.{leaf}', 'decoder.4.{leaf}'),
])
POSE_CNN = NameMap([
    ('net.{i}.{leaf}', 'convs.{i}.{leaf}'),
    ('pose_conv.{leaf}', 'pose_conv.{leaf}'),
])
