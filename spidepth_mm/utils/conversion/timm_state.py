"""ImageNet weights of timm as a backbone's state dict."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Mapping, Tuple, Union

from torch import Tensor

from ..checkpoint import CheckpointError, read_checkpoint
from .accounting import Account
from .convnext import CONVNEXT, CONVNEXT_CLASSIFIER
from .resnet import RESNET

_NAMES = CONVNEXT_CLASSIFIER + CONVNEXT + RESNET
_SIZES = ('atto', 'femto', 'pico', 'nano', 'tiny', 'small', 'base', 'large', 'xlarge', 'huge')
_DEPTHS = (18, 34, 50, 101, 152)
_CLASSIFIER = re.compile(r'(fc|head\.fc|head)\.(weight|bias)')
#: The registered backbone of each family.
TIMM_BACKBONES = dict(convnext='ConvNeXt', convnextv2='ConvNeXtV2', resnet='mmpretrain.ResNet')


def split_timm_arch(arch: str) -> Tuple[str, Union[str, int]]:
    """Family and size of a timm model, e.g. 'convnextv2_tiny.fcmae_ft_in1k' or 'resnet50'.

    Raises:
        ValueError: For a model of no known family.
    """
    name = arch.partition('.')[0]
    convnext = re.fullmatch(rf'(convnext|convnextv2)_({"|".join(_SIZES)})(_.*)?', name)
    if convnext:
        return convnext.group(1), convnext.group(2)
    resnet = re.fullmatch(rf'resnet({"|".join(map(str, _DEPTHS))})', name)
    if resnet:
        return 'resnet', int(resnet.group(1))
    raise ValueError(
        f"Unknown arch '{arch}'. Valid archs are timm's convnext_SIZE and convnextv2_SIZE with "
        f'SIZE {", ".join(_SIZES)}, and resnetN with N {", ".join(map(str, _DEPTHS))}.')


def read_weights(path: Union[str, os.PathLike]) -> Dict[str, Tensor]:
    """Read a ``.safetensors`` file, or a checkpoint without running code from it.

    Raises:
        CheckpointError: If the file is absent, damaged or unsafe.
        ImportError: If safetensors is needed and not installed.
    """
    path = os.fspath(path)
    if not path.endswith('.safetensors'):
        content: Any = read_checkpoint(path)
        for key in ('state_dict', 'model'):
            content = content[key] if isinstance(content.get(key), Mapping) else content
        return {re.sub(r'^(module\.)+', '', name): value for name, value in content.items()
                if isinstance(value, Tensor)}
    if not os.path.isfile(path):
        raise CheckpointError(f'No such checkpoint: {path}')
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise ImportError(
            f'Reading {path} needs safetensors: pip install safetensors') from error
    try:
        return load_file(path)
    except SafetensorError as error:
        raise CheckpointError(f'Damaged or no safetensors file: {path} ({error}).') from error


def state_from_timm(weights: Mapping[str, Tensor], shapes: Mapping[str, Tuple[int, ...]]
                    ) -> Tuple[Dict[str, Tensor], List[str]]:
    """A backbone's state dict.

    Args:
        weights (Mapping): timm's, of a classifier or an encoder.
        shapes (Mapping): Of the backbone's parameters.

    Returns:
        tuple: The state dict, and the names of the classifier's weights, which were dropped.

    Raises:
        CheckpointError: If a parameter of one side has no counterpart of its
            shape on the other; all are listed.
    """
    account = Account(dict(shapes))
    dropped = []
    for name, value in weights.items():
        if _CLASSIFIER.fullmatch(name):
            dropped.append(name)
        else:
            account.add(name, _NAMES.to_ours(name), value)
    # An encoder has no norm before the head that it does not have.
    optional = ('norm3.', ) if 'head.norm.weight' not in weights else ()
    return account.finish('The weights do not fit this arch:', optional), dropped
