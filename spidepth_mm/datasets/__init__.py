from . import transforms
from .base import DepthDataset
from .cityscapes import CityscapesDataset
from .errors import (
                     DatasetNotFoundError,
                     MissingFramesError,
                     OutsideDataRootError,
                     TooManyBadImagesError,
                     UnreadableImageError,
)
from .image_sequence import ImageSequenceDataset
from .kitti import KITTIDataset
from .kitti_odometry import KITTIOdometryDataset
from .make3d import Make3DDataset
from .splits import SplitEntry, list_splits, load_split, parse_split_file
from .synthetic_world import SyntheticWorldDataset

__all__ = [
    'CityscapesDataset', 'DatasetNotFoundError', 'DepthDataset', 'ImageSequenceDataset',
    'KITTIDataset', 'KITTIOdometryDataset', 'Make3DDataset', 'MissingFramesError',
    'OutsideDataRootError', 'SplitEntry', 'SyntheticWorldDataset', 'TooManyBadImagesError',
    'UnreadableImageError', 'list_splits', 'load_split', 'parse_split_file', 'transforms'
]
