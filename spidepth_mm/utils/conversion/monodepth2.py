"""Monodepth2's depth and pose decoders and this package's modules."""

from .name_map import NameMap

_NUM_BLOCKS = 5

#: Its file lists two convolutions of each block, coarse to fine, then those of the disparities.
DEPTH_DECODER = NameMap([
    *((f'decoder.{2 * block + conv}.conv.conv.{{leaf}}',
       f'neck.blocks.{block}.conv{conv + 1}.conv.{{leaf}}')
      for block in range(_NUM_BLOCKS) for conv in range(2)),
    *((f'decoder.{2 * _NUM_BLOCKS + scale}.conv.{{leaf}}', f'head.convs.{scale}.{{leaf}}')
      for scale in range(4)),
])
POSE_DECODER = NameMap([
    ('net.0.{leaf}', 'squeeze.{leaf}'),
    ('net.1.{leaf}', 'decoder.0.{leaf}'),
    ('net.2.{leaf}', 'decoder.2.{leaf}'),
    ('net.3.{leaf}', 'decoder.4.{leaf}'),
])
