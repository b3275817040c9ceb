"""A checkpoint of another architecture is an error, not a warning."""

from typing import Sequence

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from spidepth_mm.registry import HOOKS
from spidepth_mm.utils.checkpoint import check_fits


@HOOKS.register_module()
class StrictLoadHook(Hook):
    """Fail on missing, unexpected or misshapen weights; mmengine only warns.

    Args:
        allowed (Sequence[str]): Regular expressions of names, matched from
            the start, that may be missing or unexpected, e.g.
            ``['pose_net\\.']`` to evaluate a model without its pose net.

    Raises:
        CheckpointError: Listing the differences, when a checkpoint is loaded.
    """

    def __init__(self, allowed: Sequence[str] = ()):
        self.allowed = tuple(allowed)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        name = getattr(runner, '_load_from', None) or 'to resume from'
        check_fits(model, checkpoint, name, self.allowed)
