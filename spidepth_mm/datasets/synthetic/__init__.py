"""A small rendered street that stands in for KITTI when no data is at hand."""

from .parameters import WorldParameters
from .world import ensure_world

__all__ = ['WorldParameters', 'ensure_world']
