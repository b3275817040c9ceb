"""The files of other implementations and the state dict of an estimator."""

from __future__ import annotations

from typing import Collection, Dict, List, Mapping, Optional, Tuple

from torch import Tensor

from .accounting import Account, CheckpointError
from .file_format import SPIDEPTH, FileFormat

# timm's four smallest ConvNeXts have 1x1 convolutions where the larger ones have linear layers.
_WIDEST_STEM_WITH_CONVOLUTIONS = 80


def state_from_reference(files: Mapping[str, Mapping[str, Tensor]],
                         shapes: Mapping[str, Tuple[int, ...]],
                         optional: Tuple[str, ...] = (),
                         form: FileFormat = SPIDEPTH) -> Tuple[Dict[str, Tensor], List[str]]:
    """The state dict of an estimator.

    Args:
        files (Mapping): State dict of each file, see :func:`read_reference`.
        shapes (Mapping): Of the estimator's parameters.
        optional (tuple[str]): Beginnings of names that may be missing.
        form (FileFormat): Whose files they are.

    Returns:
        tuple: The state dict, and the names of the linear layers' weights
        that are 1x1 convolutions in the reference.

    Raises:
        CheckpointError: If a parameter of one side has no counterpart of its
            shape on the other; all are listed.
    """
    account = Account(dict(shapes))
    for file, weights in files.items():
        for name, value in weights.items():
            account.add(f'{file}.pth: {name}', form.rules[file].to_ours(name), value)
    state = account.finish('The weights do not fit the model of this config:', optional)
    return state, account.reshaped


def reference_files(state: Mapping[str, Tensor],
                    convolutions: Optional[Collection[str]] = None,
                    form: FileFormat = SPIDEPTH) -> Dict[str, Dict[str, Tensor]]:
    """The files of an estimator's state dict.

    Args:
        state (Mapping): Weights under this package's names.
        convolutions (Collection[str], optional): Names of linear weights
            that are 1x1 convolutions in the reference. If None, as timm has
            it for an encoder of this width.
        form (FileFormat): Whose files they are to be.

    Raises:
        CheckpointError: If the files have no name for a weight; all are listed.
    """
    files: Dict[str, Dict[str, Tensor]] = {}
    nameless = []
    for name, value in state.items():
        file, theirs = _place(name, form)
        if file is None:
            nameless.append(name)
            continue
        if name in convolutions if convolutions is not None else _is_convolution(name, state):
            value = value.reshape(*value.shape[:2], 1, 1)
        files.setdefault(file, {})[theirs] = value.contiguous()
    if nameless:
        raise CheckpointError(f'The files of {form.name} have no place for {len(nameless)} weights:'
                              + ''.join(f'\n    {name}' for name in nameless))
    return {file: files[file] for file in form.files if file in files}


def _place(name: str, form: FileFormat) -> Tuple[Optional[str], Optional[str]]:
    for file, names in form.rules.items():
        theirs = names.to_theirs(name)
        if theirs is not None:
            return file, theirs
    return None, None


def _is_convolution(name: str, state: Mapping[str, Tensor]) -> bool:
    prefix, found, rest = name.partition('stages.')
    if not found or 'pointwise_conv' not in rest or not name.endswith('weight'):
        return False
    stem = state[f'{prefix}downsample_layers.0.0.weight']
    return state[name].ndim == 4 or len(stem) <= _WIDEST_STEM_WITH_CONVOLUTIONS
