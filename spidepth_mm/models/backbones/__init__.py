from .convnext import ConvNeXt, ConvNeXtV2

__all__ = ['ConvNeXt', 'ConvNeXtV2']
