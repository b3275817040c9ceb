from .dense_depth_decoder import DenseDepthDecoder
from .monodepth2_decoder import Monodepth2Decoder
from .unet_decoder import UNetDecoder

__all__ = ['DenseDepthDecoder', 'Monodepth2Decoder', 'UNetDecoder']
