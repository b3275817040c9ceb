from .formatting import PackDepthInputs
from .geometric import CropFrames, FlipFrames, ResizeFrames
from .loading import LoadDepthMap, LoadFrames

__all__ = [
    'CropFrames', 'FlipFrames', 'LoadDepthMap', 'LoadFrames', 'PackDepthInputs', 'ResizeFrames'
]
