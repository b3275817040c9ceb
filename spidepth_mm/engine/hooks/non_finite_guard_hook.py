"""NaN and infinity stay out of the weights."""

import logging
from typing import Any, Dict, List, Sequence, Tuple

import torch
from mmengine.dist import all_gather_object, all_reduce
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.model import is_model_wrapper
from torch import Tensor

from spidepth_mm.models.estimators import NonFiniteLossError
from spidepth_mm.registry import HOOKS

SKIPPED_STEPS = 'skipped_steps'
_CAUSES = ('Usual causes: a learning rate that is too high, wrong intrinsics, a damaged image, or '
           'half precision without a loss scale.')


@HOOKS.register_module()
class NonFiniteGuardHook(Hook):
    """Skip each optimiser step whose losses or gradients are not all finite.

    The optimiser is called without any gradient, so weights, momenta and
    step counts stay as they are, whatever the optim wrapper; running
    statistics are set back too. Schedules go on. With accumulated gradients
    the whole step is skipped, and in a distributed run all processes skip
    alike. Steps that a loss scale skips, because half precision overflowed,
    are counted as well. The number of skipped steps is kept in checkpoints
    (message hub, ``skipped_steps``) and drawn as a scalar. What was not
    finite stays out of the averages that are logged.

    Args:
        max_in_a_row (int): So many skipped steps in a row end the training.

    Raises:
        ValueError: If ``max_in_a_row`` is not positive.
        NonFiniteLossError: While training, after that many.
    """

    # After the losses were noted for the log, and before they are logged.
    priority = 'HIGH'

    def __init__(self, max_in_a_row: int = 20):
        if max_in_a_row < 1:
            raise ValueError(f'max_in_a_row must be at least 1, got {max_in_a_row}.')
        self.max_in_a_row = max_in_a_row
        self.in_a_row = 0
        self.num_skipped = 0
        self._model = None
        self._handles: List[Any] = []
        self._forget_step()

    def _forget_step(self) -> None:
        """Start a new step: one batch, or several whose gradients are accumulated."""
        self._finite: List[Tensor] = []
        self._batches: List[dict] = []
        self._taken = False
        self._bad_parameters: List[str] = []

    def before_train(self, runner) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        self._model = model
        self._handles = [
            model.register_forward_hook(self._look_at_losses),
            runner.optim_wrapper.optimizer.register_step_pre_hook(self._look_at_gradients)]
        self.in_a_row = 0
        self.num_skipped = runner.message_hub.runtime_info.get(SKIPPED_STEPS, 0)
        if hasattr(model, 'stop_on_non_finite_loss'):
            model.stop_on_non_finite_loss = False

    def after_train(self, runner) -> None:
        for handle in self._handles:
            handle.remove()
        if hasattr(self._model, 'stop_on_non_finite_loss'):
            self._model.stop_on_non_finite_loss = True
        if self.num_skipped:
            runner.logger.warning(f'{self.num_skipped} optimiser steps were skipped, because a '
                                  'loss or a gradient was not finite.')

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        if not self._batches:
            self._buffers = [buffer.clone() for buffer in self._model.buffers()]

    def _look_at_losses(self, model, inputs, outputs) -> None:
        if model.training and isinstance(outputs, dict):
            self._finite += [torch.isfinite(value.detach()).all()
                             for value in losses_of(outputs).values()]

    def _look_at_gradients(self, optimizer, args, kwargs) -> None:
        """Called by the optimiser before each of its steps."""
        parameters = [p for group in optimizer.param_groups for p in group['params']
                      if p.grad is not None]
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters])
        finite = torch.stack([torch.isfinite(norm), *(f.to(norm.device) for f in self._finite)])
        verdict = finite.all().float()
        # Processes that shard the weights, or whose losses differ, must decide alike.
        all_reduce(verdict, 'min')
        self._taken = bool(verdict)
        if self._taken:
            return
        names = {id(p): name for name, p in self._model.named_parameters()}
        self._bad_parameters = [names.get(id(p), '?') for p in parameters
                                if not torch.isfinite(p.grad).all()]
        for parameter in parameters:
            parameter.grad = None

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        self._batches.append(dict(data_batch=data_batch, outputs=outputs))
        if not runner.optim_wrapper.should_update():
            return
        if self._taken:
            self.in_a_row = 0
        else:
            self._skip(runner)
        self._forget_step()

    def _skip(self, runner) -> None:
        with torch.no_grad():
            for buffer, before in zip(self._model.buffers(), self._buffers):
                buffer.copy_(before)
        forget_non_finite(runner.message_hub.log_scalars)
        self.in_a_row += 1
        self.num_skipped += 1
        runner.message_hub.update_info(SKIPPED_STEPS, self.num_skipped)
        runner.visualizer.add_scalar(SKIPPED_STEPS, self.num_skipped, runner.iter + 1)
        reason, harmless = self._agree_on_reason(hasattr(runner.optim_wrapper, 'loss_scaler'))
        runner.logger.log(
            logging.INFO if harmless else logging.WARNING,
            f'Skipped the optimiser step of iteration {runner.iter + 1}: {reason} '
            f'({self.in_a_row} in a row, {self.num_skipped} in all).')
        if self.in_a_row >= self.max_in_a_row:
            raise NonFiniteLossError(
                f'{self.in_a_row} optimiser steps in a row were skipped, the last because {reason} '
                'The weights were not changed by them, and earlier checkpoints are good. '
                + _CAUSES)

    def _agree_on_reason(self, has_loss_scale: bool) -> Tuple[str, bool]:
        """The same words in every process, and whether a loss scale mends it by itself.

        A process whose own loss is finite gets the others' gradients, so only
        one whose loss is not can name the files; and only the first one logs.
        """
        losses = self._bad_losses()
        names = (f'{", ".join(losses)} is not finite' if losses else
                 _describe_gradients(self._bad_parameters))
        files = [sample.get('img_path', '?') for batch in self._batches
                 for sample in (batch['data_batch'] or {}).get('data_samples', [])]
        found = all_gather_object((bool(losses), names, files))
        harmless = has_loss_scale and not any(of_loss for of_loss, _, _ in found)
        guilty = [entry for entry in found if entry[0]] or found
        what = ('half precision overflowed and the loss scale is lowered' if harmless else
                ' and '.join(dict.fromkeys(names for _, names, _ in guilty if names))
                or 'the norm of the gradient is not finite')
        return f'{what} for the batch {[path for *_, files in guilty for path in files]}.', harmless

    def _bad_losses(self) -> List[str]:
        return sorted({name for batch in self._batches
                       for name, value in losses_of(batch['outputs'] or {}).items()
                       if name != 'loss' and not torch.isfinite(value).all()})


def _describe_gradients(names: Sequence[str]) -> str:
    if not names:
        return ''
    more = f' and {len(names) - 1} more' if len(names) > 1 else ''
    return f'the gradient of {names[0]}{more} is not finite'


def losses_of(outputs: Dict[str, Any]) -> Dict[str, Tensor]:
    """Entries that mmengine counts as losses; lists of tensors as one tensor each."""
    losses = {}
    for name, value in outputs.items():
        if 'loss' in name:
            values: Sequence = value if isinstance(value, (list, tuple)) else [value]
            losses[name] = torch.stack([torch.as_tensor(v).float().mean() for v in values])
    return losses


def forget_non_finite(log_scalars: Dict[str, HistoryBuffer]) -> None:
    """Take what is not finite out of the training's log history, in place.

    One NaN would be the average of the whole window for as long as it is in it.
    """
    for name, buffer in list(log_scalars.items()):
        log, count = buffer.data
        finite = torch.isfinite(torch.as_tensor(log)).numpy()
        if not name.startswith('train/') or finite.all():
            continue
        if finite.any():
            log_scalars[name] = HistoryBuffer(log[finite], count[finite], buffer.max_length)
        else:
            del log_scalars[name]
