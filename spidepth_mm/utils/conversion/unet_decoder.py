"""The reference's U-Net decoder and this package's ``UNetDecoder``, which are called alike."""

from .name_map import NameMap

_NAMES = ('blocks.{i}.conv{j}.conv.{leaf}', 'blocks.{i}.conv{j}.bn.{leaf}', 'final_conv.{leaf}')

UNET_DECODER = NameMap((name, name) for name in _NAMES)
