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

__all__ = [
    'BatchNormSyncHook', 'CPUAmpOptimWrapper', 'CheckpointHook', 'DepthVisualizationHook',
    'NonFiniteGuardHook', 'PlainCheckpointHook', 'SplitLeakHook', 'StrictLoadHook',
    'TrainingDiagnosticsHook', 'TrainingVisualizationHook', 'WarmUpHook'
]
