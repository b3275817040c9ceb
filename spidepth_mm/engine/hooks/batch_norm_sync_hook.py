"""One set of running statistics for all processes."""

from mmengine.dist import all_reduce_params
from mmengine.hooks import Hook
from torch.nn.modules.batchnorm import _BatchNorm

from spidepth_mm.registry import HOOKS


@HOOKS.register_module()
class BatchNormSyncHook(Hook):
    """Average the batch norms' running statistics over processes, where they are used or saved.

    Each process has statistics of its own images alone. Without this hook
    each would validate another model than the others, and than the one that
    the first process saves; a resumed run would have other statistics than
    the uninterrupted one. mmengine's ``SyncBuffersHook`` averages before
    validation, not before checkpoints, and all buffers, whose rounding errors
    add up. Training itself uses a batch's statistics and is not changed; one
    process is not changed at all.
    """

    def __init__(self) -> None:
        self._differ = False

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        self._differ = True

    def before_checkpoint_of_all_processes(self, runner) -> None:
        """Called by this package's ``CheckpointHook``."""
        self._average(runner.model)

    def before_val(self, runner) -> None:
        self._average(runner.model)

    def _average(self, model) -> None:
        if self._differ:
            all_reduce_params([
                statistic for module in model.modules()
                # A frozen one has equal statistics, which may be off by a rounding afterwards.
                if isinstance(module, _BatchNorm) and module.training
                for statistic in (module.running_mean, module.running_var)
                if statistic is not None], op='mean')
        self._differ = False
