"""Which config and which weights a user means by a model's name."""

from __future__ import annotations

import difflib
import os
import os.path as osp
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

import mmengine
from mmengine.config import Config

import spidepth_mm
from spidepth_mm.utils.checkpoint import CheckpointError, read_checkpoint
from spidepth_mm.utils.config_text import parse_config_text, refused_config

from .config_files import read_config

_CONFIG_SUFFIXES = ('.py', '.yml', '.yaml', '.json')
_CHECKPOINT_SUFFIXES = ('.pth', '.pt', '.ckpt')
_INDEX = 'model-index.yml'


@dataclass(frozen=True)
class KnownModel:
    """A model that can be asked for by name."""

    config: str
    weights: Optional[str] = None


def resolve_model(model: Union[str, os.PathLike, dict, Config, None],
                  weights: Optional[str] = None) -> Tuple[Config, Optional[str]]:
    """The config, and the weights where there are any.

    Args:
        model: A config file, a name or alias from the model index, the name
            of one of this project's configs ('kitti', 'spidepth/kitti'), a
            checkpoint that carries its config, a config object, or None for
            the config in ``weights``.
        weights (str, optional): Checkpoint file.

    Raises:
        ValueError: If there is no such model; with names that are close.
        CheckpointError: If a checkpoint cannot be used, or carries no config.
    """
    if model is None:
        if weights is None:
            raise ValueError('Give a model (config, name or checkpoint), or the weights of one.')
        return config_from_checkpoint(weights), weights
    if isinstance(model, (Config, dict)):
        return model if isinstance(model, Config) else Config(dict(model)), weights
    if not isinstance(model, (str, os.PathLike)):
        raise TypeError('model must be a path, a name or a config, but got '
                        f'{type(model).__name__}.')
    model = os.fspath(model)
    if is_checkpoint(model):
        return config_from_checkpoint(model), weights or model
    if osp.isfile(model) and model.lower().endswith(_CONFIG_SUFFIXES):
        return read_config(model), weights
    known = find_model(model)
    if weights is None and known.weights and '://' in known.weights:
        raise ValueError(f'The weights of {model!r} are at {known.weights}: download them, and '
                         'give the file as weights.')
    return read_config(known.config), weights or known.weights


def is_checkpoint(model: Any) -> bool:
    """Whether ``model`` of :func:`resolve_model` is a checkpoint by its name, or is left out."""
    return model is None or (isinstance(model, (str, os.PathLike))
                             and os.fspath(model).lower().endswith(_CHECKPOINT_SUFFIXES))


def config_from_checkpoint(path: str) -> Config:
    """The config that a checkpoint was trained with; none of its code is run.

    What it names is not trustworthy: build from it inside
    :func:`~spidepth_mm.utils.registered_parts.registered_parts_only`.

    Raises:
        CheckpointError: If the file cannot be used or carries no config.
    """
    content = read_checkpoint(path)
    runtime = content.get('message_hub', {}).get('runtime_info')
    text = content.get('meta', {}).get('cfg') or (
        runtime.get('cfg') if isinstance(runtime, dict) else None)
    if not isinstance(text, str):
        raise CheckpointError(f'{path} does not carry its config. Give the config as model and '
                              'this file as weights.')
    try:
        config = Config(parse_config_text(text))
    except (ValueError, KeyError) as error:  # some names are reserved by mmengine
        raise refused_config(path, error) from None
    if not isinstance(config.get('model'), dict):
        raise CheckpointError(f'The config in {path} has no model.')
    return config


def find_model(name: str) -> KnownModel:
    """A model by its name, in any case.

    Raises:
        ValueError: If there is none, or several configs have that name.
    """
    models = known_models()
    wanted = name.lower()
    indexed = {key.lower(): model for key, model in models.items()}
    if wanted in indexed:
        return indexed[wanted]
    configs = _configs(_root())
    wanted = Path(wanted).with_suffix('').as_posix() if wanted.endswith('.py') else wanted
    found = [key for key in configs if key.lower() == wanted or
             key.lower() == wanted.partition('configs/')[2] or Path(key).name.lower() == wanted]
    if len(found) == 1:
        return KnownModel(configs[found[0]])
    if found:
        raise ValueError(f'{name!r} is the name of several configs: {", ".join(sorted(found))}. '
                         'Give one of these.')
    names = list_models()
    possible = {key.lower(): None for key in (*models, *configs)}
    close = difflib.get_close_matches(wanted, possible, n=3, cutoff=0.5)
    hint = f' Did you mean {" or ".join(repr(n) for n in close)}?' if close else ''
    shown = ', '.join(names[:12]) + (f' and {len(names) - 12} more' if len(names) > 12 else '')
    raise ValueError(f'Unknown model {name!r}: it is no config file, no checkpoint (.pth) and no '
                     f'name.{hint} Names are {shown}.')


def known_models() -> Dict[str, KnownModel]:
    """Names and aliases of the model index, :data:`_INDEX`; empty where there is none."""
    root = _root()
    path = osp.join(root, _INDEX)
    if not osp.isfile(path):
        return {}
    models = {}
    for metafile in (mmengine.load(path) or {}).get('Import') or ():
        for entry in (mmengine.load(osp.join(root, metafile)) or {}).get('Models') or ():
            weights = entry.get('Weights')
            weights = weights[0] if isinstance(weights, list) and weights else weights or None
            if weights and '://' not in weights:
                weights = osp.join(root, weights)
            aliases = entry.get('Alias') or []
            aliases = [aliases] if isinstance(aliases, str) else aliases
            for name in (entry['Name'], *aliases):
                models[name] = KnownModel(osp.join(root, entry['Config']), weights)
    return models


def list_models(pattern: Optional[str] = None) -> List[str]:
    """Names and aliases of the model index, and configs that it does not name.

    Args:
        pattern (str, optional): Part of a name.
    """
    models = known_models()
    indexed = {osp.realpath(model.config) for model in models.values()}
    names = [*models, *(name for name, path in _configs(_root()).items()
                        if osp.realpath(path) not in indexed)]
    return sorted(name for name in names if (pattern or '').lower() in name.lower())


def _root() -> str:
    """The folder with ``configs``: the repository, or what was installed with the package."""
    package = osp.dirname(osp.abspath(spidepth_mm.__file__))
    repository = osp.dirname(package)
    # Another package's "configs" may lie beside an installed one.
    if osp.isdir(osp.join(repository, 'configs', 'spidepth')):
        return repository
    return osp.join(package, '.mim')


def _configs(root: str) -> Dict[str, str]:
    """'spidepth/kitti' -> the file."""
    folder = Path(root, 'configs')
    files = (path for path in folder.rglob('*.py') if '_base_' not in path.parts)
    return {path.relative_to(folder).with_suffix('').as_posix(): str(path)
            for path in sorted(files)}
