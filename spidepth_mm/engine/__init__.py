"""What the Runner needs beside models and data. Importing this registers it."""

from .hooks import (
                    BatchNormSyncHook,
                    CheckpointHook,
                    DepthVisualizationHook,
                    NonFiniteGuardHook,
                    PlainCheckpointHook,
                    SplitLeakHook,
                    StrictLoadHook,
                    TrainingDiagnosticsHook,
                    TrainingVisualizationHook,
                    WarmUpHook,
)
from .optim_wrappers import CPUAmpOptimWrapper
from .strategies import FSDPStrategy

__all__ = [
    'BatchNormSyncHook', 'CPUAmpOptimWrapper', 'CheckpointHook', 'DepthVisualizationHook',
    'FSDPStrategy', 'NonFiniteGuardHook', 'PlainCheckpointHook', 'SplitLeakHook', 'StrictLoadHook',
    'TrainingDiagnosticsHook', 'TrainingVisualizationHook', 'WarmUpHook'
]
