"""Checkpoints of other implementations for the models of configs, and back."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Tuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch.overrides import TorchFunctionMode

from spidepth_mm.registry import MODELS
from spidepth_mm.utils.checkpoint import CheckpointError, read_checkpoint, state_dict_of
from spidepth_mm.utils.conversion import (
    SPIDEPTH,
    TIMM_BACKBONES,
    FileFormat,
    put_back,
    read_reference,
    read_weights,
    reference_files,
    split_timm_arch,
    split_unused,
    state_from_reference,
    state_from_timm,
)
from spidepth_mm.version import __version__

#: Entry of a checkpoint's ``meta`` with what the reference's files say beside their weights.
META_KEY = 'reference'


class _RealLinspace(TorchFunctionMode):
    """On the meta device mmpretrain reads its drop path rates from a tensor without numbers."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function is torch.linspace:
            kwargs.setdefault('device', 'cpu')
        return function(*args, **kwargs)


def parameter_shapes(model: dict, scope: str = 'spidepth_mm') -> Dict[str, Tuple[int, ...]]:
    """Shapes of a model's state dict; its weights, which may be gigabytes, are not made.

    Args:
        model (dict): Config of any registered model.
        scope (str): Where a ``type`` without a scope is looked up first.
    """
    init_default_scope(scope)
    with torch.device('meta'), _RealLinspace():
        state = MODELS.build(model).state_dict()
    return {name: tuple(value.shape) for name, value in state.items()}


def convert_reference(source: str, config: Config, use_pose: bool = True,
                      form: FileFormat = SPIDEPTH) -> Tuple[dict, List[str]]:
    """A checkpoint for the model of ``config`` from another implementation's files.

    Args:
        source (str): See :func:`read_reference`.
        config (Config): With a ``model``; not changed.
        use_pose (bool): False leaves the pose net out.
        form (FileFormat): Whose files they are.

    Returns:
        tuple: ``dict(state_dict, meta)``, and notes for the user.

    Raises:
        CheckpointError: If files or weights are missing, or weights left over.
    """
    reference = read_reference(source, form)
    notes = [f'Not read: {", ".join(reference.left_out)}.'] if reference.left_out else []
    has_pose_net = config.model.get('pose_net') is not None
    has_pose_files = any(name in reference.files for name in form.pose_files)
    if not use_pose:
        for name in form.pose_files:
            reference.files.pop(name, None)
        if has_pose_net:
            notes.append(
                'Without pose net, as told: this checkpoint loads strictly only into a model '
                'without one (model.pose_net=None).')
    elif has_pose_net and not has_pose_files:
        raise CheckpointError(
            f'{source} has no weights for the pose net of this config. With --no-pose the '
            'depth model alone is converted; it loads into a model with pose_net=None.')
    elif not has_pose_net and not has_pose_files:
        notes.append('There are no weights for a pose net, and this config has none.')
    elif not has_pose_net:
        raise CheckpointError(
            f'{source} has a pose net and this config has none. --no-pose leaves it out.')
    shapes = _shapes_of(config)
    optional = () if use_pose else ('pose_net.', )
    used, unused = split_unused(reference.files, form)
    if unused:
        notes.append('Kept aside, since no prediction depends on them: ' + ', '.join(
            f'{file}.pth: {name}' for file, weights in unused.items() for name in weights) + '.')
    state, convolutions = state_from_reference(used, shapes, optional, form)
    meta = {META_KEY: dict(format=form.name, extras=reference.extras, convolutions=convolutions,
                           unused=unused),
            'spidepth_mm_version': __version__}
    return dict(state_dict=state, meta=meta), notes


def convert_to_reference(checkpoint: str, config: Config, height: Optional[int] = None,
                         width: Optional[int] = None,
                         form: FileFormat = SPIDEPTH) -> Dict[str, dict]:
    """Another implementation's files from a checkpoint of this package.

    Args:
        checkpoint (str): Path.
        config (Config): Which the checkpoint was trained with.
        height (int, optional): Of the model's images; if None, as the
            checkpoint or else the config says. So ``width``.
        form (FileFormat): Whose files they are to be.

    Returns:
        dict: Content of ``encoder``, ``depth`` and, if there is a pose net, its files.

    Raises:
        CheckpointError: If the checkpoint is not of this config's model, or
            has weights that the files have no place for.
        ValueError: If the image size is not known.
    """
    content = read_checkpoint(checkpoint)
    state = state_dict_of(content)
    _check_shapes(state, _shapes_of(config), checkpoint)
    known = (content.get('meta') or {}).get(META_KEY) or {}
    files = put_back(reference_files(state, known.get('convolutions'), form), form,
                     known.get('unused') if known.get('format') == form.name else None)
    extras = _extras(known.get('extras') or {}, config, dict(height=height, width=width))
    files['encoder'] = {**files['encoder'], **extras}
    return files


def convert_timm(source: str, arch: str) -> Tuple[dict, List[str]]:
    """A backbone's checkpoint for ``init_cfg=dict(type='Pretrained', checkpoint=...)``.

    Args:
        source (str): A timm model's weights, also ``.safetensors``.
        arch (str): timm's name of the model.

    Returns:
        tuple: ``dict(state_dict, meta)``, and the dropped names (the classifier's).

    Raises:
        CheckpointError: If the weights are not of this arch.
        ValueError: For an unknown arch.
    """
    family, size = split_timm_arch(arch)
    backbone: Dict[str, Any] = dict(type=TIMM_BACKBONES[family])
    if family == 'resnet':
        backbone.update(depth=size)
    else:
        # With the norm of the last output, which is the one before timm's classifier.
        backbone.update(arch=size, out_indices=(3, ), out_norm=True)
    state, dropped = state_from_timm(read_weights(source), parameter_shapes(backbone))
    return dict(state_dict=state, meta=dict(arch=arch, spidepth_mm_version=__version__)), dropped


def _shapes_of(config: Config) -> Dict[str, Tuple[int, ...]]:
    return parameter_shapes(config.model, config.get('default_scope', 'spidepth_mm'))


def _check_shapes(state: dict, shapes: dict, checkpoint: str) -> None:
    troubles = [f'unexpected: {name}' for name in state if name not in shapes]
    # A model without its pose net is still a depth model.
    troubles += [f'missing: {name}' for name in shapes if name not in state and (
        not name.startswith('pose_net.') or any(n.startswith('pose_net.') for n in state))]
    troubles += [f'of another shape: {name} {tuple(state[name].shape)}, but the model has {shape}'
                 for name, shape in shapes.items()
                 if name in state and tuple(state[name].shape) != shape]
    if troubles:
        raise CheckpointError(
            f'The checkpoint {os.fspath(checkpoint)} does not fit the model of this config:'
            + ''.join(f'\n    {trouble}' for trouble in troubles))


def _extras(known: dict, config: Config, given: Dict[str, Optional[int]]) -> dict:
    """height, width and use_stereo: as given, else as known, else as configured."""
    configured = {**configured_size(config), 'use_stereo': _uses_stereo(config)}
    # What is known comes first, so that files which were converted go back in their order.
    extras = {**known, **{k: v for k, v in configured.items() if k not in known},
              **{k: v for k, v in given.items() if v is not None}}
    unknown = [name for name in given if name not in extras]
    if unknown:
        raise ValueError(
            'The checkpoint and the config do not say the size of the images. Give '
            + ' and '.join(f'--{name}' for name in unknown) + '.')
    return extras


def _datasets(config: Config) -> List[dict]:
    loaders = (config.get(f'{part}_dataloader') for part in ('test', 'train'))
    return [loader['dataset'] for loader in loaders if loader and loader.get('dataset')]


def configured_size(config: Config) -> dict:
    """``height`` and ``width`` of the images that the config feeds its model; {} if not said."""
    for dataset in _datasets(config):
        for transform in dataset.get('pipeline') or ():
            if str(transform.get('type')).endswith('ResizeFrames') and transform.get('scale'):
                width, height = transform['scale']
                return dict(height=int(height), width=int(width))
    return {}


def _uses_stereo(config: Config) -> bool:
    return any('s' in (dataset.get('frame_offsets') or ()) for dataset in _datasets(config))
