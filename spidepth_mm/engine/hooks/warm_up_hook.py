"""Settings of the model that differ while training begins."""

from typing import Any, Dict, List, Sequence

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from torch import nn

from spidepth_mm.registry import HOOKS


@HOOKS.register_module()
class WarmUpHook(Hook):
    """Give attributes of the model another value for the first iterations.

    Depth and pose wait for each other when both start from nothing. With
    ``dict(field='losses.0.auto_mask', value=False, until=300)`` all pixels
    teach the pose, not only those that a wrong pose happens to explain; with
    ``dict(field='active_offsets', value=('s',), until=200)`` the stereo
    partner, whose pose is known, teaches depth first, at less cost.

    Args:
        settings (Sequence[dict]): ``field``, a dotted path from the model to
            an attribute; ``value``, what it is at first; ``until``, the
            iteration from which it has its configured value again.

    Raises:
        ValueError: If a field does not exist.
    """

    def __init__(self, settings: Sequence[Dict[str, Any]]):
        self.settings = [dict(setting) for setting in settings]
        self._configured: List[Any] = []

    def before_train(self, runner) -> None:
        model = self._model(runner)
        self._configured = []
        for setting in self.settings:
            owner, name = resolve(model, setting['field'])
            self._configured.append(getattr(owner, name))

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        model = self._model(runner)
        for setting, configured in zip(self.settings, self._configured):
            owner, name = resolve(model, setting['field'])
            warm = runner.iter < setting['until']
            setattr(owner, name, setting['value'] if warm else configured)

    def after_train(self, runner) -> None:
        model = self._model(runner)
        for setting, configured in zip(self.settings, self._configured):
            owner, name = resolve(model, setting['field'])
            setattr(owner, name, configured)

    @staticmethod
    def _model(runner) -> nn.Module:
        return runner.model.module if is_model_wrapper(runner.model) else runner.model


def resolve(model: nn.Module, field: str):
    """The owner and the name of a dotted attribute, e.g. ``losses.0.auto_mask``."""
    *path, name = field.split('.')
    owner = model
    try:
        for step in path:
            owner = owner[int(step)] if step.isdigit() else getattr(owner, step)
        getattr(owner, name)
    except (AttributeError, IndexError, TypeError) as error:
        raise ValueError(
            f"WarmUpHook: {type(model).__name__} has no attribute '{field}'.") from error
    return owner, name
