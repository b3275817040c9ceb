from .depth_visualization_hook import DepthVisualizationHook
from .plain_checkpoint_hook import PlainCheckpointHook
from .split_leak_hook import SplitLeakHook
from .strict_load_hook import StrictLoadHook
from .warm_up_hook import WarmUpHook

__all__ = [
    'DepthVisualizationHook', 'PlainCheckpointHook', 'SplitLeakHook', 'StrictLoadHook',
    'WarmUpHook'
]
