"""Reading checkpoints without running code from them, and comparing them with a model."""

import os
import pickle
import re
from dataclasses import dataclass
from typing import Dict, Iterable, Optional, Sequence, Tuple, Union

import torch
from torch import Tensor

_TABLES = ('state_dict', 'meta', 'message_hub')


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message says which, why and what to do."""


class UnsafeCheckpointError(CheckpointError):
    """A checkpoint holds objects that could run code."""


def read_checkpoint(path: Union[str, os.PathLike], map_location='cpu') -> dict:
    """Load a checkpoint file with ``weights_only=True``, whatever torch's default is.

    Args:
        path (str): A local file.
        map_location: As of ``torch.load``.

    Returns:
        dict: The checkpoint, without ``meta['config']``, which a Runner that
        resumes would run as Python (of mmcv 1.x; today's name is ``cfg``).

    Raises:
        UnsafeCheckpointError: If it holds pickled objects that could run code.
        CheckpointError: If the file is absent, damaged or holds no dict (of dicts).
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise CheckpointError(f'No such checkpoint: {path}')
    try:
        checkpoint = torch.load(path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        name = refused_name(error)
        if not name:
            raise CheckpointError(f'Damaged or no checkpoint: {path}.') from error
        raise UnsafeCheckpointError(
            f'Refused to load {path}: it holds pickled objects ({name}), which could '
            'run code. Only tensors and plain containers are loaded. If you trust the file, '
            're-save it as plain tensors, e.g. with tools/model_converters.') from error
    except Exception as error:  # whatever a file of another kind makes the unpickler stumble on
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(f'Damaged or no checkpoint: {path} ({reason}).') from error
    if not isinstance(checkpoint, dict):
        raise CheckpointError(
            f'{path} holds a {type(checkpoint).__name__}, expected a dict with a state_dict.')
    for key in _TABLES:
        if not isinstance(checkpoint.get(key, {}), dict):
            raise CheckpointError(f'{path}: its {key} is a {type(checkpoint[key]).__name__}, '
                                  'expected a dict.')
    checkpoint.get('meta', {}).pop('config', None)
    return checkpoint


def refused_name(error: pickle.UnpicklingError) -> Optional[str]:
    """What ``weights_only=True`` refused to call; None if the file is no pickle at all."""
    # torch says 'unsupported GLOBAL x' or 'Unsupported class x' for what it refuses, and
    # 'Unsupported operand 137' for what is no pickle.
    found = re.search(r'nsupported (?:global: )?(?:GLOBAL|class) ([\w.]+)', str(error))
    return found.group(1) if found else None


def state_dict_of(checkpoint: dict) -> Dict[str, Tensor]:
    """The weights of a checkpoint, without the prefix of a distributed wrapper."""
    weights = checkpoint.get('state_dict', checkpoint)
    return {re.sub(r'^module\.', '', name): value for name, value in weights.items()
            if isinstance(value, Tensor)}


@dataclass(frozen=True)
class Mismatch:
    """How a checkpoint differs from the model that should load it."""

    missing: Tuple[str, ...]
    unexpected: Tuple[str, ...]
    misshapen: Tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.misshapen)

    def describe(self, limit: int = 8) -> str:
        """One line for each kind of difference, with up to ``limit`` names."""
        kinds = (('missing from the checkpoint', self.missing),
                 ('unexpected in the checkpoint', self.unexpected),
                 ('of another shape', self.misshapen))
        lines = []
        for title, names in kinds:
            if names:
                more = f', and {len(names) - limit} more' if len(names) > limit else ''
                lines.append(f'  {len(names)} {title}: {", ".join(names[:limit])}{more}')
        return '\n'.join(lines)


def compare(model_state: Dict[str, Tensor], weights: Dict[str, Tensor],
            allowed: Iterable[str] = ()) -> Mismatch:
    """Differences between a model's and a checkpoint's weights.

    Args:
        model_state (dict): ``model.state_dict()``.
        weights (dict): See :func:`state_dict_of`.
        allowed (Iterable[str]): Regular expressions of names, matched from
            the start, that may be missing or unexpected.

    Returns:
        Mismatch: Empty (false) if the checkpoint fits.
    """
    patterns = [re.compile(pattern) for pattern in allowed]

    def strict(names) -> Sequence[str]:
        return tuple(n for n in names if not any(p.match(n) for p in patterns))

    misshapen = tuple(
        f'{name} (model {tuple(model_state[name].shape)}, checkpoint {tuple(weights[name].shape)})'
        for name in model_state
        if name in weights and model_state[name].shape != weights[name].shape)
    return Mismatch(
        missing=strict(n for n in model_state if n not in weights),
        unexpected=strict(n for n in weights if n not in model_state),
        misshapen=misshapen)


def check_fits(model: torch.nn.Module, checkpoint: dict, name: str,
               allowed: Iterable[str] = ()) -> None:
    """Raise a :class:`CheckpointError` that lists how ``checkpoint`` differs from ``model``."""
    mismatch = compare(model.state_dict(), state_dict_of(checkpoint), allowed)
    if mismatch:
        raise CheckpointError(
            f'The checkpoint {name} does not fit the model of this config:\n'
            f'{mismatch.describe()}\n'
            'Use the config that it was trained with, or list names that may differ in the '
            'StrictLoadHook\'s "allowed".')
