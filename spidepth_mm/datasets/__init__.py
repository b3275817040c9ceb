from . import transforms
from .base import DepthDataset
from .errors import (DatasetNotFoundError, MissingFramesError, TooManyBadImagesError,
                     UnreadableImageError)
from .kitti_odometry import KITTIOdometryDataset
from .splits import SplitEntry, list_splits, load_split, parse_split_file

__all__ = [
    'DatasetNotFoundError', 'DepthDataset', 'KITTIOdometryDataset', 'MissingFramesError',
    'SplitEntry', 'TooManyBadImagesError', 'UnreadableImageError', 'list_splits', 'load_split',
    'parse_split_file', 'transforms'
]
