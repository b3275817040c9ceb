from .convnext import ConvNeXt, ConvNeXtV2
from .resnet import ResNet

__all__ = ['ConvNeXt', 'ConvNeXtV2', 'ResNet']
