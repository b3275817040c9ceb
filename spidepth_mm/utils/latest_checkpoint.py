"""Which checkpoint a stopped run continues from."""

from __future__ import annotations

import logging
import os
import re
from typing import Iterator, Optional

from mmengine.logging import print_log

from .checkpoint import CheckpointError, UnsafeCheckpointError, read_checkpoint

_RESUMABLE = re.compile(r'^(iter|epoch)_\d+\.pth$')


def latest_checkpoint(work_dir: str) -> Optional[str]:
    """The newest checkpoint of a run that can be read whole.

    That is the one that ``last_checkpoint`` names, which mmengine writes. If
    it is missing or damaged, the one written before it, with a warning.

    Args:
        work_dir (str): The run's folder; need not exist.

    Returns:
        str, optional: None if the run has left no checkpoint.

    Raises:
        UnsafeCheckpointError: If the next one in turn could run code.
        CheckpointError: If there are checkpoints and all are damaged.
    """
    errors = []
    for path in _candidates(work_dir):
        try:
            require_state_dict(read_checkpoint(path), path)
        except UnsafeCheckpointError:
            raise
        except CheckpointError as error:
            errors.append(str(error))
            continue
        if errors:
            print_log(f'{" ".join(errors)} Continuing from {path} instead.', logger='current',
                      level=logging.WARNING)
        return path
    if errors and _stored(work_dir):
        raise CheckpointError(
            f'No checkpoint in {work_dir} can be read: {" ".join(errors)} Restore one, or start '
            'anew without --resume.')
    if errors:
        print_log(f'{" ".join(errors)} There is no other one in {work_dir}: starting anew.',
                  logger='current', level=logging.WARNING)
    return None


def require_state_dict(checkpoint: dict, name: str) -> None:
    """Raise a :class:`CheckpointError` unless the checkpoint has weights as a Runner saves them."""
    if not isinstance(checkpoint.get('state_dict'), dict):
        raise CheckpointError(f'{name} has no state_dict: it is no checkpoint of this project.')


def _candidates(work_dir: str) -> Iterator[str]:
    """What ``last_checkpoint`` names, then all others, the last written one first."""
    named = _named_last(work_dir)
    if named:
        yield named
    yield from (path for path in _stored(work_dir) if path != named)


def _named_last(work_dir: str) -> Optional[str]:
    try:
        with open(os.path.join(work_dir, 'last_checkpoint'), encoding='utf-8') as file:
            named = file.read(4096).strip()
    except (OSError, ValueError):
        return None
    if not named:
        return None
    # The name is from the folder where training began; the run may have been moved since.
    moved = os.path.join(work_dir, os.path.basename(named))
    return moved if os.path.exists(moved) or not os.path.exists(named) else named


def _stored(work_dir: str) -> list:
    names = os.listdir(work_dir) if os.path.isdir(work_dir) else ()
    paths = [os.path.join(work_dir, name) for name in names if _RESUMABLE.match(name)]
    return sorted(paths, key=os.path.getmtime, reverse=True)
