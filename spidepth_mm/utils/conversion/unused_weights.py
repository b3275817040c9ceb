"""What published files hold beside the weights that anything depends on.

Classifiers of ImageNet, and motions that a pose net predicts and nobody looks
at. They have no place in a model here, but code that reads the files asks
for them, so they are kept aside and put back, or replaced by zeros.
"""

from __future__ import annotations

import re
from typing import Dict, Mapping, Optional, Tuple

import torch
from torch import Tensor

from .file_format import FileFormat

Files = Mapping[str, Mapping[str, Tensor]]

_NUM_CLASSES = 1000
_MOTION = 6  # numbers of one motion
_NUM_MOTIONS = 2  # that a pose net with spare outputs predicts


def split_unused(files: Files, form: FileFormat) -> Tuple[Dict[str, dict], Dict[str, dict]]:
    """What is used and what is not.

    Args:
        files (Mapping): State dict of each file.
        form (FileFormat): Whose files they are.

    Returns:
        tuple[dict, dict]: State dicts of what is used, and of what is not; of
        a convolution with spare outputs a part is in either.
    """
    used = {file: dict(weights) for file, weights in files.items()}
    unused: Dict[str, dict] = {}
    for file, prefix in form.classifiers.items():
        for leaf in ('weight', 'bias'):
            name = f'{prefix}fc.{leaf}'
            if name in used.get(file, {}):
                unused.setdefault(file, {})[name] = used[file].pop(name)
    for file, prefix in form.spare_outputs.items():
        for leaf in ('weight', 'bias'):
            name = f'{prefix}{leaf}'
            value = used.get(file, {}).get(name)
            if value is not None and value.ndim and len(value) == _NUM_MOTIONS * _MOTION:
                used[file][name] = value[:_MOTION].clone()
                unused.setdefault(file, {})[name] = value[_MOTION:].clone()
    return used, unused


def put_back(files: Files, form: FileFormat,
             unused: Optional[Files] = None) -> Dict[str, dict]:
    """The files as their own code reads them.

    Args:
        files (Mapping): State dict of each file, of what is used.
        form (FileFormat): Whose files they are to be.
        unused (Mapping, optional): As :func:`split_unused` gave it; zeros if None.
    """
    whole = {file: dict(weights) for file, weights in files.items()}
    unused = _zeros(whole, form) if unused is None else unused
    for file, weights in unused.items():
        if file not in whole:
            continue
        classifier = {}
        for name, value in weights.items():
            if name in whole[file]:
                whole[file][name] = torch.cat([whole[file][name], value])
            else:
                classifier[name] = value
        whole[file] = _after_the_stages(whole[file], form.classifiers.get(file), classifier)
    return whole


def _zeros(files: Files, form: FileFormat) -> Dict[str, dict]:
    unused: Dict[str, dict] = {}
    for file, prefix in form.classifiers.items():
        norms = [len(value) for name, value in files.get(file, {}).items()
                 if re.fullmatch(re.escape(prefix) + r'layer4\.\d+\.bn\d\.weight', name)]
        if norms:
            like = files[file][f'{prefix}conv1.weight']
            unused[file] = {f'{prefix}fc.weight': like.new_zeros(_NUM_CLASSES, max(norms)),
                            f'{prefix}fc.bias': like.new_zeros(_NUM_CLASSES)}
    for file, prefix in form.spare_outputs.items():
        for leaf in ('weight', 'bias'):
            value = files.get(file, {}).get(f'{prefix}{leaf}')
            if value is not None:
                unused.setdefault(file, {})[f'{prefix}{leaf}'] = torch.zeros_like(value)
    return unused


def _after_the_stages(weights: Mapping[str, Tensor], prefix: Optional[str],
                      classifier: Mapping[str, Tensor]) -> Dict[str, Tensor]:
    """``weights`` with the classifier where torchvision has it: after the last stage."""
    if not classifier:
        return dict(weights)
    stages = [index for index, name in enumerate(weights) if name.startswith(f'{prefix}layer')]
    items, end = list(weights.items()), stages[-1] + 1
    return dict([*items[:end], *classifier.items(), *items[end:]])
