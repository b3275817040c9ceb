"""A look at what an estimator's losses are called with, without computing it again."""

from dataclasses import fields, replace
from typing import Optional

from mmengine.model import is_model_wrapper
from torch import Tensor, nn

from spidepth_mm.structures import SynthesizedViews


class LossWatcher:
    """Keeps what the first loss sees of the next batch, detached.

    Nothing is kept, and nothing costs time, while no watcher is open.

    Args:
        model (nn.Module): With ``losses`` that are called with
            :class:`SynthesizedViews`, or with depth and ground truth.

    Attributes:
        views (SynthesizedViews, optional): The finest scale's.
        depth (Tensor, optional): (B, 1, H, W), as the loss saw it.
        target (Tensor, optional): (B, 1, H, W), ground truth, 0 where there is none.

    Raises:
        ValueError: If the model has no such losses.
    """

    def __init__(self, model: nn.Module):
        self.views: Optional[SynthesizedViews] = None
        self.depth: Optional[Tensor] = None
        self.target: Optional[Tensor] = None
        self._handle = losses_of(model)[0].register_forward_pre_hook(self._keep)

    def _keep(self, loss: nn.Module, args: tuple) -> None:
        if self.depth is not None:
            return  # a coarser scale, or another loss of the same batch
        if isinstance(args[0], SynthesizedViews):
            self.views = detached(args[0])
            self.depth = self.views.depth
        else:
            self.depth, self.target = (value.detach() for value in args[:2])

    def close(self) -> None:
        self._handle.remove()


def losses_of(model: nn.Module) -> nn.ModuleList:
    """An estimator's losses, also within a distributed wrapper.

    Raises:
        ValueError: If it has none.
    """
    model = model.module if is_model_wrapper(model) else model
    losses = getattr(model, 'losses', None)
    if not isinstance(losses, nn.ModuleList) or not len(losses):
        raise ValueError(
            f'{type(model).__name__} has no list of losses to look at. This hook is for '
            'SelfSupDepthEstimator, SupervisedDepthEstimator and their kind.')
    return losses


def detached(views: SynthesizedViews, index: Optional[int] = None) -> SynthesizedViews:
    """The views without their gradients; of one sample of the batch if ``index`` is given."""
    def part(value):
        if not isinstance(value, Tensor):
            return value
        return (value if index is None else value[index:index + 1]).detach()

    return replace(views, **{f.name: part(getattr(views, f.name)) for f in fields(views)})
