"""Whether what runs is being recorded for a compiler or an exporter."""

import torch


def is_recorded() -> bool:
    """True while ``torch.compile``, ``torch.export``, a tracer or the ONNX exporter looks on.

    Loops over parts of a tensor, which spare memory and caches where operations run one by one,
    would be unrolled there: choose the plain formula, which they fuse by themselves.
    """
    return torch.compiler.is_compiling() or torch.jit.is_tracing() or torch.onnx.is_in_onnx_export()
