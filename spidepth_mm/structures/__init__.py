from .depth_data_sample import DepthDataSample
from .synthesized_views import SynthesizedViews

__all__ = ['DepthDataSample', 'SynthesizedViews']
