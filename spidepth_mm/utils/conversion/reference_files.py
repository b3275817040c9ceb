"""The files that depth networks are published in: one for each part, in a folder."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

import torch
from torch import Tensor

from ..checkpoint import CheckpointError, read_checkpoint
from .file_format import SPIDEPTH, FileFormat

#: What the encoder's file has beside its weights: the image size and whether stereo trained it.
EXTRA_KEYS = ('height', 'width', 'use_stereo')
# In the single file of a fine-tuned model, what each network's names begin with.
_SINGLE_FILE_PREFIXES = (('encoder.', 'encoder'), ('depth_decoder.', 'depth'), ('depth.', 'depth'),
                         ('pose.', 'pose'))


@dataclass
class Reference:
    """What was read.

    Attributes:
        files (dict): State dict of each of the format's files that there is,
            without wrappers' prefixes.
        extras (dict): Values of :data:`EXTRA_KEYS` that there are.
        left_out (list[str]): What is no weight and was not read.
    """

    files: Dict[str, Dict[str, Tensor]] = field(default_factory=dict)
    extras: Dict[str, Any] = field(default_factory=dict)
    left_out: List[str] = field(default_factory=list)


def read_reference(source: Union[str, os.PathLike], form: FileFormat = SPIDEPTH) -> Reference:
    """Read a folder with ``encoder.pth``, ``depth.pth`` and maybe the pose net, or a single file.

    Args:
        source (str): The folder; or a fine-tuned SPIdepth model's file, whose
            ``model`` holds the encoder and the depth decoder.
        form (FileFormat): Whose files they are.

    Raises:
        CheckpointError: If a file is absent, damaged or unsafe, or has
            entries that are neither weights nor :data:`EXTRA_KEYS`.
    """
    path = Path(source)
    if path.is_file() and form is SPIDEPTH:
        return _read_single(path)
    if not path.is_dir():
        raise CheckpointError(f'{path} is a file. Expected a folder with {_listed(form.files)}.'
                              if path.is_file() else f'No such folder or file: {path}')
    there = [name for name in form.files if _file(path, name).is_file()]
    needed = form.depth_files
    if any(name in there for name in form.pose_files):
        needed += form.pose_files
    absent = [f'{name}.pth' for name in needed if name not in there]
    if absent:
        single = ("; give a fine-tuned model's single file by its own path"
                  if form is SPIDEPTH else '')
        raise CheckpointError(f'{path} has no {" and no ".join(absent)}. Expected a folder with '
                              f'{_listed(form.files)}{single}.')
    reference = Reference()
    for name in form.files:
        if name in there:
            content = read_checkpoint(_file(path, name))
            extras = reference.extras if name == 'encoder' else None
            reference.files[name] = _weights(content, f'{name}.pth', extras)
    reference.left_out = sorted(file.name for file in path.glob('*.pth')
                                if file.stem not in form.files)
    return reference


def _listed(names) -> str:
    *first, last = (f'{name}.pth' for name in names)
    return f'{", ".join(first)} and {last}'


def _file(folder: Path, name: str) -> Path:
    return folder / f'{name}.pth'


def _read_single(path: Path) -> Reference:
    content = read_checkpoint(path)
    reference = Reference()
    if isinstance(content.get('model'), Mapping):
        reference.left_out = [str(key) for key in content if key != 'model']
        content = content['model']
    nameless = []
    for name, value in _weights(content, path.name, reference.extras).items():
        for prefix, file in _SINGLE_FILE_PREFIXES:
            if name.startswith(prefix):
                reference.files.setdefault(file, {})[name[len(prefix):]] = value
                break
        else:
            nameless.append(name)
    if nameless:
        raise CheckpointError(
            f'{path} has {len(nameless)} weights of neither encoder nor depth decoder. Expected '
            'names that begin with "encoder." or "depth_decoder.":'
            + ''.join(f'\n    {name}' for name in nameless))
    return reference


def _weights(content: Mapping, title: str,
             extras: Optional[Dict[str, Any]] = None) -> Dict[str, Tensor]:
    """The tensors of ``content``; what is in :data:`EXTRA_KEYS` goes to ``extras`` if given."""
    weights: Dict[str, Tensor] = {}
    strange = []
    for key, value in content.items():
        # DataParallel and DistributedDataParallel wrap a model, at times each other.
        name = re.sub(r'^(module\.)+', '', str(key))
        if extras is not None and name in EXTRA_KEYS:
            extras[name] = value.item() if isinstance(value, Tensor) else value
        elif isinstance(value, Tensor) and name not in weights:
            weights[name] = value
        else:
            strange.append(f'{key} (given twice)' if name in weights
                           else f'{key} ({type(value).__name__})')
    if strange:
        raise CheckpointError(f'{title} has {len(strange)} entries that are no weights:'
                              + ''.join(f'\n    {entry}' for entry in strange))
    return weights


def write_together(contents: Mapping[Union[str, os.PathLike], dict]) -> None:
    """Save checkpoints, each whole or not at all; none is put in place until all are written.

    Args:
        contents (Mapping): Checkpoint of each path. Folders are made.

    Raises:
        OSError: If one cannot be written; no half file is left then.
    """
    partial = {Path(path): Path(f'{os.fspath(path)}.{os.getpid()}.part') for path in contents}
    try:
        for path, content in contents.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            # Through a file of our own: for a path torch reports a full disk as a RuntimeError.
            with open(partial[Path(path)], 'wb') as file:
                torch.save(content, file)
        for path, written in partial.items():
            os.replace(written, path)
    finally:
        for written in partial.values():
            if written.exists():
                written.unlink()
