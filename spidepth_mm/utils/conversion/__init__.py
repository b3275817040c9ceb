"""Weights of other implementations under this package's names, and back.

One file a family of layers, each a :class:`NameMap`, which reads both ways.
"""

from .reference_files import FILE_NAMES, Reference, read_reference, write_together
from .reference_state import FROM_REFERENCE, reference_files, state_from_reference
from .timm_state import TIMM_BACKBONES, read_weights, split_timm_arch, state_from_timm

__all__ = [
    'FILE_NAMES', 'FROM_REFERENCE', 'TIMM_BACKBONES', 'Reference', 'read_reference',
    'read_weights', 'reference_files', 'split_timm_arch', 'state_from_reference',
    'state_from_timm', 'write_together',
]
