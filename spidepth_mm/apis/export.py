"""From a config and a checkpoint to one file for other runtimes, checked against PyTorch."""

from __future__ import annotations

import os
import shutil
from typing import List, NamedTuple, Optional, Tuple, Union

import numpy as np
from mmengine.config import Config

from .export_formats import FORMATS, OPSETS, ExportOptions, Predict, as_numpy
from .export_model import (
    example_images,
    metadata_of,
    prepare_export,
    size_from_config,
    without_training_parts,
)
from .init_model import init_model

# Batch sizes that a file is checked with: also ones that the exporter has not seen.
_CHECKED_BATCHES = (1, 2, 3)


class ExportError(RuntimeError):
    """The exported file does not compute what the model computes; it was not kept."""


class Export(NamedTuple):
    """What was written.

    Attributes:
        path: The file.
        size: (H, W) of its images.
        metadata: What the file says of itself.
        notes: Lines for the user.
        difference: Largest absolute difference to PyTorch, in the unit of
            the depth; None if it was not checked.
        largest: The largest depth that this was found among.
    """

    path: str
    size: Tuple[int, int]
    metadata: dict
    notes: List[str]
    difference: Optional[float]
    largest: Optional[float]


def export_model(config: Union[str, Config], checkpoint: str, out: str,
                 size: Optional[Tuple[int, int]] = None, fmt: str = 'onnx',
                 input_type: str = 'float32', opset: int = OPSETS[-1], simplify: bool = True,
                 verify: bool = True, tolerance: float = 1e-4,
                 cfg_options: Optional[dict] = None) -> Export:
    """Write a model for another runtime, and compare it with PyTorch.

    The file appears whole, checked, or not at all.

    Args:
        config (str | Config): Of the model.
        checkpoint (str): Its weights.
        out (str): Path of the file; its folder must exist.
        size (tuple, optional): (H, W) of the images; the config's by default.
        fmt (str): ``'onnx'``, ``'torchscript'`` or ``'torch_export'``.
        input_type (str): ``'float32'``, RGB in [0, 1], or ``'uint8'``.
        opset (int): Of ONNX.
        simplify (bool): Whether onnxslim works on the ONNX graph.
        verify (bool): Whether the file is loaded and compared.
        tolerance (float): Largest difference allowed, relative to the largest depth.
        cfg_options (dict, optional): Overrides of the config.

    Returns:
        Export: What was written.

    Raises:
        ExportError: If the difference is beyond the tolerance.
        FileNotFoundError: If the folder of ``out`` is absent.
        ImportError: If a package is missing; says how to install it.
        ValueError: For an unknown format, opset or type, or an impossible size.
    """
    if fmt not in FORMATS:
        raise ValueError(f"Unknown format '{fmt}'. Valid formats are {', '.join(FORMATS)}.")
    folder = os.path.dirname(os.path.abspath(out))
    if not os.path.isdir(folder):
        raise FileNotFoundError(f'No such folder: {folder}. Make it first, or choose another '
                                'place for the file.')
    if os.path.isdir(out):
        raise IsADirectoryError(f'{out} is a folder; give the path of a file.')
    model = without_training_parts(init_model(config, checkpoint, cfg_options=cfg_options))
    size = tuple(size) if size is not None else size_from_config(model.cfg)
    module, example = prepare_export(model, size, input_type)
    metadata = metadata_of(model, size, input_type)
    write, load = FORMATS[fmt]
    partial = os.path.join(folder, f'.{os.path.basename(out)}.{os.getpid()}.part')
    os.makedirs(partial)
    try:
        # Under its final name: a file with weights beside it knows theirs.
        path = os.path.join(partial, os.path.basename(out))
        notes = write(module, example, path, ExportOptions(metadata, opset, simplify))
        difference = largest = None
        if verify:
            difference, largest = compare(as_numpy(module), load(path), size, input_type)
            check_difference(difference, largest, tolerance)
        for name in sorted(os.listdir(partial), reverse=True):  # weights before their graph
            if os.path.isfile(os.path.join(partial, name)):
                os.replace(os.path.join(partial, name), os.path.join(folder, name))
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Export(out, size, metadata, notes, difference, largest)


def compare(expected: Predict, actual: Predict, size: Tuple[int, int],
            input_type: str) -> Tuple[float, float]:
    """Largest absolute difference of two predictors, and the largest depth.

    Several batch sizes are tried. A value that is no number makes the
    difference infinite.
    """
    difference = largest = 0.
    for batch in _CHECKED_BATCHES:
        images = example_images(batch, size, input_type, seed=batch).numpy()
        wanted, got = expected(images), actual(images)
        if wanted.shape != got.shape:
            raise ExportError(f'The exported file gives {got.shape} for a batch of {batch}, '
                              f'expected {wanted.shape}. No file was written.')
        gap = np.abs(wanted - got).max()
        difference = max(difference, float(gap) if np.isfinite(gap) else np.inf)
        largest = max(largest, float(np.abs(wanted).max()))
    return difference, largest


def check_difference(difference: float, largest: float, tolerance: float) -> None:
    """Raise an :class:`ExportError` beyond the tolerance."""
    if not difference <= tolerance * largest:
        raise ExportError(
            f'The exported file differs from PyTorch by up to {difference:.3g} where the largest '
            f'depth is {largest:.3g}: more than the tolerance, {tolerance:g} of that. No file was '
            'written. If this is precise enough, raise --tolerance.')
