"""Makes mmengine read checkpoints with ``weights_only=True``, wherever it meets one."""

from __future__ import annotations

import os
import pickle
from typing import Any

import torch.hub
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as mmengine_checkpoint

from .checkpoint import UnsafeCheckpointError, read_checkpoint, refused_name


def refuse_code_in_checkpoints() -> None:
    """Have all checkpoints of this process read as plain tensors: for programs, not libraries.

    mmengine leaves it to torch's default, which an environment variable can
    turn off, and loads what it downloads (``init_cfg`` or ``load_from`` with
    a URL) through ``torch.hub``, whose default still unpickles anything.
    """
    CheckpointLoader.register_scheme('', _load_local, force=True)
    # Every scheme that ends in a download (https://, openmmlab://, torchvision://) calls this.
    mmengine_checkpoint.load_url = _load_url


def _load_local(filename: str, map_location: Any = None) -> dict:
    return read_checkpoint(os.path.expanduser(filename), map_location)


def _load_url(url: str, **kwargs: Any) -> Any:
    try:
        return torch.hub.load_state_dict_from_url(url, **dict(kwargs, weights_only=True))
    except pickle.UnpicklingError as error:
        raise UnsafeCheckpointError(
            f'Refused to load {url}: it holds pickled objects '
            f'({refused_name(error) or "or is damaged"}), which could run code.') from error
