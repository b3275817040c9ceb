"""Measures beside the ten errors, asked for by name: what a mean over pixels does not show.

Each gives numbers of one image; ``DepthMetric`` averages them over the images
that have them.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np
import torch

from spidepth_mm.geometry.camera import crop_intrinsics, resize_intrinsics

from .boundary_errors import boundary_errors, depth_edges
from .choices import check_choice
from .crops import Crop
from .depth_errors import Array
from .evaluate import crop_of, read_prediction
from .hole_rate import FAR, hole_rate
from .point_cloud_scores import point_cloud_scores
from .protocols import DepthProtocol
from .range_errors import errors_by_range
from .result_table import format_error, format_table
from .sample_fields import get_depth_map, to_numpy
from .scaling import Alignment, apply_alignment

RANGE_EDGES = (0., 10., 20., 40., math.inf)
_RANGE_ERRORS = ('abs_rel', 'rmse', 'a1')

# Sparser ground truth has no edges of its own, only gaps.
_DENSE_SHARE = 0.5
# Pixels by which the smoothing and the derivative of an edge detector reach.
_EDGE_REACH = 4


class ScoredMaps(NamedTuple):
    """One image within the protocol's crop.

    Attributes:
        pred: (h, w) float32 prediction, scaled and clamped, metres.
        gt: (h, w) float32 true depth, metres, 0 where nothing is scored.
        crop: where they lie in the ground truth as stored.
        gt_shape: (H, W) of that.
        protocol: under which they were made.
    """

    pred: np.ndarray
    gt: np.ndarray
    crop: Crop
    gt_shape: Tuple[int, int]
    protocol: DepthProtocol


def check_extra(names: Sequence[str], scaling: str) -> Tuple[str, ...]:
    """The names if all are valid and go with ``scaling``.

    Raises:
        ValueError: else.
    """
    if isinstance(names, str):
        raise ValueError(f'extra must be a list of names, but got {names!r}. '
                         f'Write extra=[{names!r}].')
    names = tuple(check_choice('extra measure', name, EXTRA_MEASURES) for name in names)
    if names and scaling == 'global_median':
        raise ValueError("Extra measures look at one image at a time, but scaling 'global_median' "
                         'is known only after the last one. Use another scaling, or no extra.')
    return names


def measure_extra(names: Sequence[str], pred: Array, gt: Array, protocol: DepthProtocol,
                  scaling: str, result: Mapping[str, float], sample: Any,
                  loaded: Any = None) -> Dict[str, float]:
    """The extra measures of one evaluated image.

    Args:
        names: of ``EXTRA_MEASURES``.
        pred: (h, w) predicted depth.
        gt: (H, W) true depth, 0 where there is none.
        protocol: as for ``evaluate_depth``.
        scaling: likewise.
        result: ``evaluate_depth``'s dict of the two, with a valid pixel.
        sample: dict or data element: ``cam2img`` and ``img_shape`` for
            ``'point_cloud'``, ``gt_dynamic_mask`` for ``'hole_rate'``.
        loaded: another one, asked for a mask that the first one lacks.

    Returns:
        dict: without what the image has not (a depth range, an edge, a mask).

    Raises:
        ValueError: if the image lacks what a measure cannot do without.
    """
    alignment = Alignment(result['scale'], result.get('shift', 0.), scaling.endswith('disparity'))
    maps = scored_maps(to_numpy(pred), to_numpy(gt), protocol, alignment)
    measured: Dict[str, float] = {}
    for name in names:
        measured.update(EXTRA_MEASURES[name](maps, sample, loaded))
    return {key: value for key, value in measured.items() if not math.isnan(value)}


def scored_maps(pred: np.ndarray, gt: np.ndarray, protocol: DepthProtocol,
                alignment: Alignment) -> ScoredMaps:
    """Both maps within the crop, the prediction resized and aligned at every pixel."""
    crop = crop_of(pred, gt, protocol)
    top, bottom, left, right = crop.scored
    shown = crop.extent
    rows, cols = (grid.reshape(-1) for grid in np.mgrid[
        top - shown.top:bottom - shown.top, left - shown.left:right - shown.left])
    read = read_prediction(pred.astype(np.float32), rows, cols, crop, protocol)
    aligned = apply_alignment(read, alignment, protocol.min_depth, protocol.max_depth)
    true = gt[top:bottom, left:right].astype(np.float32)
    scored = (true > protocol.gt_above) & (true < protocol.gt_below)
    return ScoredMaps(aligned.reshape(true.shape).astype(np.float32), np.where(scored, true, 0),
                      crop, (gt.shape[0], gt.shape[1]), protocol)


def average_extra(images: Sequence[Mapping[str, float]]) -> Dict[str, Tuple[float, int]]:
    """Mean over the images that have a measure, and how many these are."""
    found: Dict[str, List[float]] = {}
    for image in images:
        for name, value in image.items():
            found.setdefault(name, []).append(value)
    return {name: (float(np.mean(values)), len(values)) for name, values in found.items()}


def extra_text(means: Mapping[str, Tuple[float, int]]) -> str:
    """A table with one measure a line."""
    rows = [[name, format_error(mean), str(count)] for name, (mean, count) in means.items()]
    return format_table(['extra measure', 'mean', 'images'], rows)


def _ranges(maps: ScoredMaps, sample: Any, loaded: Any) -> Dict[str, float]:
    scored = maps.gt > 0
    measured = {}
    for errors in errors_by_range(maps.pred[scored], maps.gt[scored], RANGE_EDGES):
        near, far = errors['near'], errors['far']
        where = f'from_{near:g}m' if math.isinf(far) else f'{near:g}_{far:g}m'
        measured.update({f'{name}_{where}': errors[name] for name in _RANGE_ERRORS})
    return measured


def _boundaries(maps: ScoredMaps, sample: Any, loaded: Any) -> Dict[str, float]:
    known = maps.gt > 0
    if known.mean() < _DENSE_SHARE:
        raise ValueError(
            f"extra 'boundaries' needs dense ground truth, but only {known.mean():.1%} of the "
            'pixels have some: the edges of LiDAR points are gaps. Leave it out.')
    # A gap's rim is no edge of the scene, nor can an edge beside it be judged.
    reach = np.ones((2 * _EDGE_REACH + 1, ) * 2, np.uint8)
    judged = cv2.erode(known.astype(np.uint8), reach) > 0
    filled = np.where(known, maps.gt, maps.protocol.max_depth)
    gt_edges, pred_edges = (depth_edges(depth) & judged for depth in (filled, maps.pred))
    return boundary_errors(pred_edges, gt_edges) if gt_edges.any() else {}


def _point_cloud(maps: ScoredMaps, sample: Any, loaded: Any) -> Dict[str, float]:
    scores = point_cloud_scores(
        torch.from_numpy(maps.pred), torch.from_numpy(maps.gt), _intrinsics(maps, sample))
    return {f'points_{name}': value for name, value in scores.items()}


def _hole_rate(maps: ScoredMaps, sample: Any, loaded: Any) -> Dict[str, float]:
    mask = get_depth_map(sample, 'gt_dynamic_mask')
    mask = get_depth_map(loaded, 'gt_dynamic_mask') if mask is None else mask
    if mask is None:
        return {}
    mask = to_numpy(mask)
    if mask.shape != maps.gt_shape:
        raise ValueError(f'gt_dynamic_mask must have the size of the ground truth, {maps.gt_shape},'
                         f' but has {tuple(mask.shape)}.')
    top, bottom, left, right = maps.crop.scored
    # What is known to be far belongs there.
    near = (mask[top:bottom, left:right] > 0) & (maps.gt < FAR)
    return dict(hole_rate=hole_rate(maps.pred, near))


def _intrinsics(maps: ScoredMaps, sample: Any) -> torch.Tensor:
    """(3, 3) of the scored part of the ground truth, from those of the network's input."""
    cam2img, shape = (_meta(sample, name) for name in ('cam2img', 'img_shape'))
    if cam2img is None or shape is None:
        missing = 'cam2img' if cam2img is None else 'img_shape'
        raise ValueError(f"extra 'point_cloud' needs {missing} in the data sample's metainfo, "
                         'which this data set does not give. Leave it out.')
    extent, scored = maps.crop.extent, maps.crop.scored
    matrix = torch.as_tensor(np.asarray(cam2img)).double()
    matrix = resize_intrinsics(matrix, extent.shape[1] / shape[1], extent.shape[0] / shape[0])
    return crop_intrinsics(matrix, scored.left - extent.left, scored.top - extent.top)


def _meta(sample: Any, name: str) -> Optional[Any]:
    return sample.get(name) if hasattr(sample, 'get') else getattr(sample, name, None)


EXTRA_MEASURES: Dict[str, Callable[[ScoredMaps, Any, Any], Dict[str, float]]] = dict(
    ranges=_ranges, boundaries=_boundaries, point_cloud=_point_cloud, hole_rate=_hole_rate)
