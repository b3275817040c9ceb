"""The reference's decoder for ResNet and this package's ``DenseDepthDecoder``."""

from .name_map import NameMap

_LAYERS = ((0, 'conv1.conv'), (1, 'conv1.bn'), (3, 'conv2.conv'), (4, 'conv2.bn'))

DENSE_DEPTH_DECODER = NameMap([
    ('conv2.{leaf}', 'bottleneck.{leaf}'),
    *((f'up{block + 1}._net.{index}.{{leaf}}', f'up_blocks.{block}.{layer}.{{leaf}}')
      for block in range(4) for index, layer in _LAYERS),
    ('conv3.{leaf}', 'out_conv.{leaf}'),
])
