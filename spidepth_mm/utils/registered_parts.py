"""Building from a stranger's config without running what it names."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Iterator, List, Optional
from unittest import mock

from mmengine.registry import Registry
from mmengine.registry import registry as mmengine_registry

from .config_text import refused_config

SCOPES = ('spidepth_mm', 'mmengine', 'mmpretrain')
# mmpretrain also registers what loads weights of any kind from where it is told to.
_NETWORKS = ('mmpretrain.models.backbones.', 'mmpretrain.models.utils.')
_LOADERS = ('mmpretrain.models.backbones.timm_backbone', 'mmpretrain.models.utils.huggingface')

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def registered_parts_only(checkpoint: str) -> Iterator[None]:
    """While it lasts, nothing is built that is not registered in a known package.

    mmengine takes a ``type`` that is not registered for the import path of a
    function, and calls it: ``dict(type='os.mkdir', path='x')`` makes a
    folder. A scope that it does not know it imports. That is meant for the
    configs of the person who runs it.

    Args:
        checkpoint (str): Where the config is from, for the message.

    Raises:
        CheckpointError: If the building failed for lack of a part that was
            refused. Exceptions for other reasons pass through.
    """
    refused: List[str] = []
    get = Registry.get

    def get_registered(self: Registry, key: str) -> Optional[Any]:
        scope = self.split_scope_key(key)[0]
        found = get(self, key) if scope is None or scope in SCOPES else None
        if found is None or _may_load(str(getattr(found, '__module__', ''))):
            refused.append(key)
            return None
        return found

    def import_known(name: str, *args: Any) -> Any:
        if name.endswith('.registry') and name.partition('.')[0] not in SCOPES:
            refused.append(name.rpartition('.')[0])
            raise ImportError(f'{name} is not imported for a config in a checkpoint')
        return import_module(name, *args)

    with _ONE_AT_A_TIME, mock.patch.object(Registry, 'get', get_registered), \
            mock.patch.multiple(mmengine_registry, import_module=import_known,
                                get_object_from_string=lambda name: None):
        try:
            yield
        except Exception as error:
            if not refused:
                raise
            raise refused_config(checkpoint, (
                f'it asks for {refused[0]!r}, which is not registered as a part of networks or '
                f'pipelines in {", ".join(SCOPES)}')) from error


def _may_load(module: str) -> bool:
    if module.partition('.')[0] not in ('mmpretrain', 'transformers'):
        return False
    return module in _LOADERS or not module.startswith(_NETWORKS)
