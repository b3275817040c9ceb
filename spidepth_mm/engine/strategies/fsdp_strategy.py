"""Weights shared out over processes, in runs that can be resumed."""

from mmengine._strategy import FSDPStrategy as BaseFSDPStrategy
from torch.distributed.fsdp import FullyShardedDataParallel

from spidepth_mm.registry import STRATEGIES


@STRATEGIES.register_module()
class FSDPStrategy(BaseFSDPStrategy):
    """mmengine's, with the same arguments.

    mmengine 0.10 hands the optimiser's state to PyTorch in the order of
    arguments that PyTorch 2.0 had, so that ``--resume`` ends with a TypeError.
    """

    def load_optim_state_dict(self, state_dict: dict) -> None:
        self.optim_wrapper.load_state_dict(FullyShardedDataParallel.optim_state_dict_to_load(
            self.model, self.optim_wrapper.optimizer, state_dict))
