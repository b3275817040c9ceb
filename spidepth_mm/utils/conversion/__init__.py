"""Weights of other implementations under this package's names, and back.

One file a family of layers, each a :class:`NameMap`, which reads both ways.
"""

from .file_format import MONODEPTH2, SPIDEPTH, FileFormat
from .reference_files import Reference, read_reference, write_together
from .reference_state import reference_files, state_from_reference
from .timm_state import TIMM_BACKBONES, read_weights, split_timm_arch, state_from_timm
from .unused_weights import put_back, split_unused

__all__ = [
    'MONODEPTH2', 'SPIDEPTH', 'TIMM_BACKBONES', 'FileFormat', 'Reference', 'put_back',
    'read_reference', 'read_weights', 'reference_files', 'split_timm_arch', 'split_unused',
    'state_from_reference', 'state_from_timm', 'write_together',
]
