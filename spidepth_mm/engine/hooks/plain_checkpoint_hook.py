"""Checkpoints of plain data: safe to read, and enough to continue exactly."""

import random
from typing import Any, Dict, Iterator, List, Optional

import numpy as np
import torch
from mmengine.dist import all_gather_object, get_rank
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.model import is_model_wrapper

from spidepth_mm.registry import HOOKS

_HISTORY = 'history_buffer'


def to_plain(value: Any) -> Any:
    """Tensors, containers and Python numbers only, which ``weights_only=True`` reads.

    mmengine's log history becomes a tagged dict of tensors; what has no plain
    form becomes its ``repr``, which is informative and harmless.
    """
    if value is None or isinstance(value, (bool, int, float, str, bytes, torch.Tensor)):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, HistoryBuffer):
        log, count = value.data
        return {_HISTORY: dict(log=torch.as_tensor(log), count=torch.as_tensor(count),
                               max_length=value.max_length)}
    if isinstance(value, dict):
        return {to_plain(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        plain = [to_plain(v) for v in value]
        return tuple(plain) if isinstance(value, tuple) else plain
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in 'biuf':
        return torch.as_tensor(value)
    return repr(value)


def history_from_plain(value: Any) -> Any:
    """The log history of :func:`to_plain`'s tagged dict; anything else is returned as it is."""
    if isinstance(value, dict) and set(value) == {_HISTORY}:
        plain = value[_HISTORY]
        return HistoryBuffer(
            plain['log'].cpu().numpy(), plain['count'].cpu().numpy(), plain['max_length'])
    return value


def random_state() -> Dict[str, Any]:
    """State of every random generator that training draws from, as plain data."""
    name, keys, position, has_gauss, cached = np.random.get_state()
    return dict(
        python=random.getstate(),
        numpy=(name, torch.as_tensor(keys.astype(np.int64)), position, has_gauss, cached),
        torch=torch.get_rng_state(),
        cuda=torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])


def set_random_state(state: Dict[str, Any]) -> None:
    """Counterpart of :func:`random_state`."""
    version, words, gauss = state['python']
    random.setstate((version, tuple(words), gauss))
    name, keys, *rest = state['numpy']
    np.random.set_state((name, keys.cpu().numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state['torch'].cpu())
    if state['cuda'] and len(state['cuda']) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([s.cpu() for s in state['cuda']])


def seed_apart(state: Dict[str, Any], rank: int) -> None:
    """Set the generators to numbers of process ``rank``'s own, which follow from a state."""
    set_random_state(state)
    seed = int(torch.randint(2**31, (1 + rank, ))[rank])
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def restore_random_state(states: List[Dict[str, Any]]) -> None:
    """Set this process's generators; ``states`` has one of each process that there was."""
    rank = get_rank()
    if rank < len(states):
        set_random_state(states[rank])
    else:
        seed_apart(states[0], rank)


def _restore_after(batches: Iterator, num_trained: int, states: List[Dict[str, Any]]) -> Iterator:
    """The batches, with the generators restored once the trained ones are skipped.

    An iteration-based loop replays the batches that were trained already, which draws numbers
    too; the first new batch must find the generators as the last checkpoint left them.
    """
    for _ in range(num_trained):
        yield next(batches)
    restore_random_state(states)
    yield from batches


@HOOKS.register_module()
class PlainCheckpointHook(Hook):
    """Make the Runner's checkpoints plain and its runs resumable to the bit.

    mmengine saves its log history as pickled objects, which
    ``torch.load(weights_only=True)`` (the default since torch 2.6) refuses;
    this hook saves them as tensors and rebuilds them on resume. It also saves
    the random generators' states, so that a resumed run draws what the
    uninterrupted run would have drawn, keeps validation from consuming the
    training's random numbers, and notes the unit of the model's predictions.
    In a distributed run each process draws numbers of its own, such as the
    colour jitter, and gets its generators back; with another number of
    processes than before, those that are new start from others again.
    """

    # After every hook that may still add to the checkpoint.
    priority = 'LOWEST'

    def __init__(self):
        self._resumed_states: List[dict] = []
        self._state_before_val: Optional[dict] = None
        self._states: List[dict] = []

    def before_checkpoint_of_all_processes(self, runner) -> None:
        """Called by :class:`CheckpointHook`; the saving itself happens in one process only."""
        self._states = all_gather_object(self._current_state())

    def _current_state(self) -> Dict[str, Any]:
        # mmengine saves the latest checkpoint once more while it validates, to note the best score.
        return self._state_before_val or random_state()

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        states, self._states = self._states or [self._current_state()], []
        checkpoint['random_state'], *others = states
        if others:
            checkpoint['random_state_of_other_processes'] = others
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if hasattr(model, 'scale_type'):
            checkpoint['meta']['scale_type'] = model.scale_type
        for key in list(checkpoint):
            if key != 'state_dict':
                checkpoint[key] = to_plain(checkpoint[key])

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        hub = checkpoint.get('message_hub')
        if isinstance(hub, dict) and 'log_scalars' in hub:
            checkpoint['message_hub'] = dict(
                hub, log_scalars={k: history_from_plain(v)
                                  for k, v in hub['log_scalars'].items()})
        # mmengine would run it as Python, to compare the number of GPUs.
        checkpoint.get('meta', {}).pop('config', None)
        if getattr(runner, '_resume', False) and 'random_state' in checkpoint:
            self._resumed_states = [checkpoint['random_state'],
                                    *checkpoint.get('random_state_of_other_processes', ())]

    def before_train(self, runner) -> None:
        # mmengine gives all processes one seed, and the first weights and samplers need it.
        if get_rank() and not self._resumed_states:
            seed_apart(random_state(), get_rank())

    def before_train_epoch(self, runner) -> None:
        states, self._resumed_states = self._resumed_states, []
        if not states:
            return
        loop = runner.train_loop
        if hasattr(loop, 'dataloader_iterator'):
            loop.dataloader_iterator = _restore_after(loop.dataloader_iterator, loop.iter, states)
        else:
            restore_random_state(states)

    def before_val(self, runner) -> None:
        self._state_before_val = random_state()

    def after_val(self, runner) -> None:
        if self._state_before_val is not None:
            set_random_state(self._state_before_val)
            self._state_before_val = None
