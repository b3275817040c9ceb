"""Self-supervised monocular depth with SPIdepth, as a plugin of the OpenMMLab family."""

from .utils.versions import check_installation
from .version import __version__

__all__ = ['__version__']

check_installation()
