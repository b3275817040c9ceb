"""ImageNet weights that configs start from: when they are needed, and when they cannot be had."""

from __future__ import annotations

from typing import Dict, Iterator, List, Tuple
from urllib.error import URLError

from mmengine.config import Config

_STRICT_HOOK = 'StrictLoadHook'


def pretrained_parts(model: dict) -> Dict[str, str]:
    """Parts of a model's config that start from pretrained weights.

    Returns:
        dict: 'model.backbone' -> the checkpoint's file or URL.
    """
    return {path: init['checkpoint'] for path, part in _parts(model, 'model')
            for init in _init_cfgs(part) if init.get('type') == 'Pretrained'}


def settle_initialisation(cfg: Config) -> None:
    """Leave out initial weights that training has no use for, in place.

    Where ``load_from`` or resuming gives all weights, ImageNet's are neither
    downloaded nor read. ``init_cfg=None``, as ``--cfg-options`` can give it,
    is the part's own initialisation, not none at all.

    Args:
        cfg (Config): Of a training run, with ``load_from`` and ``resume`` as
            they will be used.
    """
    restored = bool(cfg.get('load_from')) and (cfg.get('resume') or _loads_all(cfg))
    for _, part in list(_parts(cfg.model, 'model')):
        if part.get('init_cfg', ()) is None:
            part.pop('init_cfg')
        kept = [init for init in _init_cfgs(part) if init.get('type') != 'Pretrained']
        if restored and len(kept) < len(_init_cfgs(part)):
            part.pop('init_cfg')
            if kept:
                part['init_cfg'] = kept


def is_network_error(error: BaseException) -> bool:
    """Whether another machine could not be reached."""
    chain = [error, error.__cause__, error.__context__]
    return any(isinstance(e, (URLError, ConnectionError, TimeoutError)) for e in chain)


def pretrained_hint(cfg: Config) -> str:
    """What to say where a download failed: how to do without; '' if the config needs none."""
    urls = {path: url for path, url in pretrained_parts(cfg.model).items() if '://' in url}
    if not urls:
        return ''
    files = '\n'.join(f'  {path}: {url}' for path, url in urls.items())
    options = [' '.join(f'{path}.init_cfg{end}' for path in urls)
               for end in ('.checkpoint=FILE', '=None')]
    return ('This config starts from published weights, which are downloaded:\n'
            f'{files}\n'
            'Without a network, copy these files here and add\n'
            f'  --cfg-options {options[0]}\n'
            'or start from random weights, which learns more slowly:\n'
            f'  --cfg-options {options[1]}')


def _parts(part, path: str) -> Iterator[Tuple[str, dict]]:
    """All dicts in a config that describe a module, with their dotted paths."""
    if isinstance(part, dict):
        if 'type' in part:
            yield path, part
        for key, value in part.items():
            if key != 'init_cfg':
                yield from _parts(value, f'{path}.{key}')
    elif isinstance(part, (list, tuple)):
        for index, value in enumerate(part):
            yield from _parts(value, f'{path}.{index}')


def _init_cfgs(part: dict) -> List[dict]:
    init = part.get('init_cfg') or []
    return [init] if isinstance(init, dict) else list(init)


def _loads_all(cfg: Config) -> bool:
    """Whether a checkpoint that lacks a weight of the model is refused."""
    return any(hook.get('type') == _STRICT_HOOK and not hook.get('allowed')
               for hook in cfg.get('custom_hooks') or [])
