from .batch_norm_sync_hook import BatchNormSyncHook
from .checkpoint_hook import CheckpointHook
from .depth_visualization_hook import DepthVisualizationHook
from .non_finite_guard_hook import NonFiniteGuardHook
from .plain_checkpoint_hook import PlainCheckpointHook
from .split_leak_hook import SplitLeakHook
from .strict_load_hook import StrictLoadHook
from .training_diagnostics_hook import TrainingDiagnosticsHook
from .training_visualization_hook import TrainingVisualizationHook
from .warm_up_hook import WarmUpHook

__all__ = [
    'BatchNormSyncHook', 'CheckpointHook', 'DepthVisualizationHook', 'NonFiniteGuardHook',
    'PlainCheckpointHook', 'SplitLeakHook', 'StrictLoadHook', 'TrainingDiagnosticsHook',
    'TrainingVisualizationHook', 'WarmUpHook'
]
