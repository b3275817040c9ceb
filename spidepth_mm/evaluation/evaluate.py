"""One prediction against one ground truth under a named protocol."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import torch

from .choices import check_choice
from .crops import CROPS, Crop
from .depth_errors import ERROR_NAMES, Array, depth_errors
from .protocols import DepthProtocol, get_protocol
from .resampling import gather, sample_resized
from .sample_fields import to_numpy
from .scaling import SCALINGS, Alignment, apply_alignment, fit_alignment


class PixelPair(NamedTuple):
    """``pred``: (N,) resized, unscaled prediction; ``gt``: (N,) true depth, metres."""

    pred: Array
    gt: Array


def evaluate_depth(pred: Array,
                   gt: Array,
                   protocol: Union[str, DepthProtocol],
                   scaling: Optional[str] = None) -> Dict[str, float]:
    """Errors of one predicted depth map.

    Args:
        pred: (h, w) predicted depth, metres or of unknown scale, of any
            resolution: it is resized by the protocol. Array or tensor.
        gt: (H, W) true depth in metres, 0 where there is none; an array
            where ``pred`` is one, else a tensor on its device.
        protocol: a name from ``PROTOCOLS`` or a ``DepthProtocol``.
        scaling: overrides the protocol's scaling; a name from ``SCALINGS``.

    Returns:
        dict: floats ``abs_rel, sq_rel, rmse, rmse_log, a1, a2, a3, log10,
        rmse_log10, silog`` (see ``depth_errors``), ``scale`` (the factor on
        the prediction), ``shift`` for the scalings that have one, and
        ``num_valid``, the int number of scored pixels. With no valid pixel
        that is 0 and everything else NaN.

    Raises:
        ValueError: for an unknown protocol or scaling, maps that are not
            2-D, a prediction that is NaN or infinite at a scored pixel, or a
            scaling that has no solution (see ``fit_alignment``).
    """
    protocol = get_protocol(protocol)
    scaling = protocol.scaling if scaling is None else check_choice('scaling', scaling, SCALINGS)
    if all(isinstance(depth, torch.Tensor) and depth.device.type == 'cpu' for depth in (pred, gt)):
        # On a processor numpy is several times faster here.
        pred, gt = to_numpy(pred), to_numpy(gt)
    pixels, _ = select_pixels(pred, gt, protocol)
    if len(pixels.gt) == 0:
        return empty_result(scaling)
    return evaluate_images([pixels], protocol, scaling)[0]


def select_pixels(pred: Array, gt: Array, protocol: DepthProtocol) -> Tuple[PixelPair, Array]:
    """The N >= 0 pixels that ``protocol`` scores, with the prediction resized to them.

    Takes and raises what ``evaluate_depth`` does.

    Returns:
        the values of both maps, and (N,) int, the pixels' rows in ``gt``.
    """
    pred, gt = _as_float_map(pred, 'prediction'), _as_float_map(gt, 'ground truth')
    if isinstance(pred, torch.Tensor) != isinstance(gt, torch.Tensor):
        raise ValueError('Prediction and ground truth must both be numpy arrays or both tensors, '
                         f'but got {type(pred).__name__} and {type(gt).__name__}.')
    crop = crop_of(pred, gt, protocol)
    top, bottom, left, right = crop.scored
    # Whole rows, which lie side by side in memory: nothing is copied.
    scored = gt[top:bottom]
    above = scored > protocol.gt_above
    above[:, :left] = False
    above[:, right:] = False
    index = _indices_of(above)
    true = gather(scored.reshape(-1), index)
    near = true < protocol.gt_below
    if not near.all():
        index, true = index[near], true[near]
    rows = index // gt.shape[1]
    cols = index
    cols -= rows * gt.shape[1]
    # In the part that the prediction shows; in place, as each of these arrays is new.
    rows += top - crop.extent.top
    cols -= crop.extent.left
    read = read_prediction(pred, rows, cols, crop, protocol)
    _check_finite(read)
    rows += crop.extent.top
    return PixelPair(read, true), rows


def crop_of(pred: Array, gt: Array, protocol: DepthProtocol) -> Crop:
    """What of ``gt`` the prediction shows, and what of that is scored."""
    crop = CROPS[protocol.crop](tuple(gt.shape))
    if tuple(pred.shape) == tuple(gt.shape):
        # A map of the ground truth's own size shows all of it, cropped benchmark or not.
        return Crop(CROPS['whole'](tuple(gt.shape)).extent, crop.scored)
    return crop


def read_prediction(pred: Array, rows: Array, cols: Array, crop: Crop,
                    protocol: DepthProtocol) -> Array:
    """(N,) unscaled depth at these pixels of ``crop.extent``, as if resized to its size."""
    source = 1 / pred if protocol.resized_quantity == 'disparity' else pred
    read = sample_resized(source, rows, cols, crop.extent.shape, protocol.resize)
    return 1 / read if protocol.resized_quantity == 'disparity' else read


def empty_result(scaling: str) -> Dict[str, float]:
    """``evaluate_depth``'s dict of an image without a valid pixel."""
    numbers = ERROR_NAMES + (('scale', 'shift') if 'shift' in scaling else ('scale', ))
    return dict(dict.fromkeys(numbers, float('nan')), num_valid=0)


def evaluate_images(images: Sequence[PixelPair], protocol: DepthProtocol,
                    scaling: str) -> List[Dict[str, float]]:
    """``evaluate_depth``'s dict for each image's selected pixels (N >= 1 each).

    With ``'global_median'`` all images share the median of their ratios; with
    every other scaling each image is aligned by itself.
    """
    alignments = [
        fit_alignment(image.pred, image.gt, scaling, protocol.min_depth) for image in images
    ]
    if scaling == 'global_median':
        shared = Alignment(float(np.median([alignment.scale for alignment in alignments])))
        alignments = [shared] * len(alignments)
    return [
        _errors(image, alignment, protocol, scaling)
        for image, alignment in zip(images, alignments)
    ]


def _errors(pixels: PixelPair, alignment: Alignment, protocol: DepthProtocol,
            scaling: str) -> Dict[str, float]:
    aligned = apply_alignment(pixels.pred, alignment, protocol.min_depth, protocol.max_depth)
    errors = depth_errors(aligned, pixels.gt)
    if isinstance(aligned, torch.Tensor):
        # One transfer for all of them.
        values = torch.stack(list(errors.values())).tolist()
    else:
        values = [float(value) for value in errors.values()]
    result = dict(zip(errors, values), scale=alignment.scale)
    if 'shift' in scaling:
        result['shift'] = alignment.shift
    result['num_valid'] = len(pixels.gt)
    return result


def _as_float_map(depth: Array, what: str) -> Array:
    if not isinstance(depth, (np.ndarray, torch.Tensor)):
        raise ValueError(f'The {what} must be a numpy array or a tensor, but got '
                         f'{type(depth).__name__}.')
    if depth.ndim != 2 or 0 in depth.shape:
        raise ValueError(f'The {what} must be a 2-D map (H, W), but got shape '
                         f'{tuple(depth.shape)}. Take one image and one channel.')
    if isinstance(depth, torch.Tensor):
        return depth if depth.dtype in (torch.float32, torch.float64) else depth.float()
    return depth if depth.dtype in (np.float32, np.float64) else depth.astype(np.float32)


def _indices_of(mask: Array) -> Array:
    """Where (H, W) bool ``mask`` is set: (N,) int into the flattened mask, ascending."""
    flat = mask.reshape(-1)
    if isinstance(flat, torch.Tensor):
        return flat.nonzero().squeeze(1)
    # LiDAR leaves most groups of four pixels empty: as one number, each is skipped in one look.
    if len(flat) % 4:
        flat = np.concatenate([flat, np.zeros(-len(flat) % 4, bool)])
    groups = flat.view(np.uint32)
    hit = np.flatnonzero(groups != 0)
    inside = np.flatnonzero(groups.take(hit).view(bool))
    index = gather(4 * hit, inside >> 2)
    index += inside & 3
    return index


def _check_finite(values: Array) -> None:
    finite = (torch if isinstance(values, torch.Tensor) else np).isfinite(values)
    if not finite.all():
        bad = len(values) - int(finite.sum())
        raise ValueError(
            f'The prediction is NaN or infinite at {bad} of {len(values)} evaluated pixels.')
