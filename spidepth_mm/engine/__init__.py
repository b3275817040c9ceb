"""What the Runner needs beside models and data. Importing this registers it."""

from .hooks import (
                    DepthVisualizationHook,
                    PlainCheckpointHook,
                    SplitLeakHook,
                    StrictLoadHook,
                    WarmUpHook,
)
from .optim_wrappers import CPUAmpOptimWrapper

__all__ = [
    'CPUAmpOptimWrapper', 'DepthVisualizationHook', 'PlainCheckpointHook', 'SplitLeakHook',
    'StrictLoadHook', 'WarmUpHook'
]
