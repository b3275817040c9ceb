"""Reads a config from a file."""

from __future__ import annotations

import os
from typing import Union

from mmengine.config import Config
from mmengine.fileio.handlers import yaml_handler

from spidepth_mm.utils.text_files import PlainLoader

MAX_CONFIG_BYTES = 2**20


def read_config(path: Union[str, os.PathLike]) -> Config:
    """``Config.fromfile``, except that a config in YAML is data.

    mmengine reads YAML with a loader that runs what its tags ask for. A config
    in Python is a program, and run: look at one of a stranger before.

    Args:
        path (str): A ``.py``, ``.json``, ``.yaml`` or ``.yml`` file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is too large, or is nested beyond reason.
        Exception: What mmengine, YAML or a config in Python raises.
    """
    path = os.fspath(path)
    if os.path.isfile(path) and os.path.getsize(path) > MAX_CONFIG_BYTES:
        raise ValueError(
            f'{path}: larger than {MAX_CONFIG_BYTES / 2**20:g} MiB; this is no config.')
    loader, yaml_handler.Loader = yaml_handler.Loader, PlainLoader
    try:
        return Config.fromfile(path)
    except RecursionError:
        raise ValueError(f'{path}: nested beyond reason; this is no config.') from None
    finally:
        yaml_handler.Loader = loader
