"""Reading depth maps out of the samples that mmengine's loops hand to a metric."""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
import torch

from .depth_errors import Array


def get_depth_map(sample: Any, field: str) -> Optional[Array]:
    """A sample's depth map, or ``None`` where it has none.

    Args:
        sample: a dict or a data element.
        field: ``'gt_depth_map'`` or ``'pred_depth_map'``: an element or dict
            with ``data`` of shape (1, H, W) or (H, W), or that array itself.

    Returns:
        (H, W) array or tensor.

    Raises:
        ValueError: for more than one channel.
    """
    value = _get(sample, field)
    if value is not None and not isinstance(value, (np.ndarray, torch.Tensor)):
        value = _get(value, 'data')
    if value is None:
        return None
    if value.ndim == 3 and value.shape[0] == 1:
        value = value[0]
    if value.ndim != 2:
        raise ValueError(f'{field} must have shape (1, H, W), but got {tuple(value.shape)}.')
    return value


def to_common_library(pred: Array, gt: Array) -> Tuple[Array, Array]:
    """Both as numpy arrays, or both as tensors on the prediction's device if that is a GPU."""
    if isinstance(pred, torch.Tensor) and pred.device.type == 'cuda':
        return pred.detach(), torch.as_tensor(gt, device=pred.device)
    return to_numpy(pred), to_numpy(gt)


def to_numpy(values: Array) -> np.ndarray:
    """A tensor of any device and float type as an array, without a copy where possible."""
    if not isinstance(values, torch.Tensor):
        return values
    values = values.detach().cpu()
    # numpy has no bfloat16.
    return (values.float() if values.dtype == torch.bfloat16 else values).numpy()


def _get(holder: Any, key: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(key)
    return getattr(holder, key, None)
