"""Files that other runtimes load: ONNX, TorchScript, torch.export."""

from __future__ import annotations

import importlib
import json
import os
import warnings
from dataclasses import dataclass, field
from typing import Callable, Dict, List, Tuple

import numpy as np
import torch
from torch import Tensor, nn

from .export_model import INPUT_NAME, OUTPUT_NAME, plain_operators

#: Of the exporter that needs nothing beyond torch and works from torch 2.6 on. (The newer one,
#: on onnxscript, has no attention over three dimensions, which the self query layer uses.)
OPSETS = tuple(range(17, 21))
#: A protobuf file holds at most 2 GiB; larger weights go into a file beside it.
INLINE_BYTES = 2**31 - 2**24
METADATA_FILE = 'metadata.json'
Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ExportOptions:
    """How a file is written.

    Attributes:
        metadata: Strings that the file carries.
        opset: Of ONNX.
        simplify: Whether onnxslim folds and fuses what it can.
        inline_bytes: Weights of more bytes lie in ``<file>.data`` (ONNX).
    """

    metadata: Dict[str, str] = field(default_factory=dict)
    opset: int = OPSETS[-1]
    simplify: bool = True
    inline_bytes: int = INLINE_BYTES


def write_onnx(module: nn.Module, example: Tensor, path: str, options: ExportOptions) -> List[str]:
    """Writes an ONNX file whose batch size is free; gives lines to tell the user."""
    onnx = _import('onnx')
    slim = _import('onnxslim').slim if options.simplify else None
    if options.opset not in OPSETS:
        raise ValueError(f'opset {options.opset} cannot be written. '
                         f'Valid opsets are {OPSETS[0]} to {OPSETS[-1]}.')
    raw = f'{path}.raw'
    os.makedirs(raw)  # weights beyond 2 GiB are spread over many files
    batch = {0: 'batch'}
    with plain_operators():
        torch.onnx.export(
            module, (example, ), os.path.join(raw, 'model.onnx'), dynamo=False,
            opset_version=options.opset, input_names=[INPUT_NAME], output_names=[OUTPUT_NAME],
            dynamic_axes={INPUT_NAME: batch, OUTPUT_NAME: batch})
    graph = onnx.load(os.path.join(raw, 'model.onnx'))
    lines = [f'opset {options.opset}, {len(graph.graph.node)} nodes']
    # The weights alone: protobuf cannot measure what it cannot write.
    is_large = sum(len(w.raw_data) for w in graph.graph.initializer) > options.inline_bytes
    if slim is not None and is_large:
        lines[0] += ', not simplified: onnxslim cannot work on so many weights'
    elif slim is not None:
        graph = slim(graph)
        lines[0] += f', {len(graph.graph.node)} after onnxslim'
    graph.producer_name = 'spidepth_mm'
    graph.producer_version = options.metadata.get('spidepth_mm_version', '')
    onnx.helper.set_model_props(graph, options.metadata)
    beside = dict(save_as_external_data=True, all_tensors_to_one_file=True,
                  location=f'{os.path.basename(path)}.data', size_threshold=1024)
    onnx.save(graph, path, **(beside if is_large else {}))
    onnx.checker.check_model(path, full_check=True)
    return lines


def write_torchscript(module: nn.Module, example: Tensor, path: str,
                      options: ExportOptions) -> List[str]:
    """Writes a traced module, ``torch.jit.load`` reads it."""
    with plain_operators():
        traced = torch.jit.trace(module, example, check_trace=False)
        torch.jit.save(traced, path, _extra_files={METADATA_FILE: json.dumps(options.metadata)})
    return []


def write_torch_export(module: nn.Module, example: Tensor, path: str,
                       options: ExportOptions) -> List[str]:
    """Writes an exported program, ``torch.export.load`` reads it."""
    batch = torch.export.Dim('batch', min=1, max=4096)
    with plain_operators():
        program = torch.export.export(module, (example, ), dynamic_shapes=({0: batch}, ))
        with open(path, 'wb') as file:  # given a path it insists on a suffix
            torch.export.save(program, file,
                              extra_files={METADATA_FILE: json.dumps(options.metadata)})
    return []


def load_onnx(path: str, threads: int = 0) -> Predict:
    """The file in ONNX Runtime on the processor: (B, 3, H, W) to (B, 1, H, W), numpy."""
    runtime = _import('onnxruntime')
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = threads or torch.get_num_threads()
    session = runtime.InferenceSession(path, settings, providers=['CPUExecutionProvider'])
    return lambda images: session.run([OUTPUT_NAME], {INPUT_NAME: images})[0]


def load_torchscript(path: str) -> Predict:
    return as_numpy(torch.jit.load(path))


def load_torch_export(path: str) -> Predict:
    with open(path, 'rb') as file, warnings.catch_warnings():
        warnings.simplefilter('ignore', UserWarning)  # about how torch reads its own file
        return as_numpy(torch.export.load(file).module())


def as_numpy(module: Callable[[Tensor], Tensor]) -> Predict:
    """``module`` as a function of numpy arrays, without gradients."""
    def predict(images: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return module(torch.from_numpy(images)).numpy()

    return predict


#: Name -> how to write it, how to load it.
FORMATS: Dict[str, Tuple[Callable, Callable]] = {
    'onnx': (write_onnx, load_onnx),
    'torchscript': (write_torchscript, load_torchscript),
    'torch_export': (write_torch_export, load_torch_export),
}


def _import(name: str):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"ONNX needs the package {name} ({error}). Install what exports need: "
                          "pip install 'spidepth_mm[export]', or pip install -r "
                          'requirements/export.txt') from None
