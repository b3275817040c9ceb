"""Automatic mixed precision without a GPU."""

from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper

from spidepth_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """bfloat16 autocast on the CPU; mmengine's ``AmpOptimWrapper`` needs a GPU.

    bfloat16 has float32's range, so no loss scale is needed. It is faster
    only on processors with bfloat16 instructions.

    Args:
        **kwargs: mmengine's ``OptimWrapper``.
    """

    @contextmanager
    def optim_context(self, model: torch.nn.Module):
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield
