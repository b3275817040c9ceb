from .cropping import KBCrop, RandomCropFrames
from .formatting import PackDepthInputs
from .geometric import CropFrames, FlipFrames, ResizeFrames
from .loading import LoadDepthMap, LoadDynamicMask, LoadFrames
from .photometric import RandomGammaBrightnessColor
from .rotation import RandomRotate

__all__ = [
    'CropFrames', 'FlipFrames', 'KBCrop', 'LoadDepthMap', 'LoadDynamicMask', 'LoadFrames',
    'PackDepthInputs', 'RandomCropFrames', 'RandomGammaBrightnessColor', 'RandomRotate',
    'ResizeFrames'
]
