"""One image of a data set, evaluated: what is kept of it until the means are taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Sequence

import numpy as np

from .baselines import DepthProfile, take_profile
from .depth_errors import Array
from .evaluate import empty_result, evaluate_images, select_pixels
from .extra_measures import measure_extra
from .protocols import DepthProtocol
from .sample_fields import get_depth_map, to_common_library, to_numpy


@dataclass(frozen=True)
class ImageRecord:
    """A few numbers of an image, and pixels only where a second look needs them.

    Attributes:
        name: the image's path, or ''.
        result: ``evaluate_depth``'s dict.
        excluded: why the image does not count; '' if it does.
        pixels: values of the prediction and of the ground truth, for
            ``'global_median'``. A list, because mmengine takes named tuples
            apart on their way to the main process.
        profile: for the baselines.
        depth_kind: what the ground truth measures, where the data set says so.
        extra: the extra measures that the image has.
    """

    name: str
    result: Dict[str, float]
    excluded: str = ''
    pixels: Sequence[np.ndarray] = ()
    profile: Optional[DepthProfile] = None
    depth_kind: str = ''
    extra: Dict[str, float] = field(default_factory=dict)


def evaluate_sample(sample: dict, gt: Optional[Array], loaded: Any, protocol: DepthProtocol,
                    scaling: str, extra: Sequence[str] = (),
                    with_profile: bool = False) -> ImageRecord:
    """Evaluate what a model returned for an image.

    Args:
        sample: with ``pred_depth_map`` and, if it has one, ``img_path``.
        gt: (H, W) true depth, metres, or ``None``.
        loaded: the sample as the data set gave it, or ``None``.
        protocol: as for ``evaluate_depth``.
        scaling: a name from ``SCALINGS``.
        extra: names from ``EXTRA_MEASURES``.
        with_profile: whether baselines will be asked for.

    Raises:
        ValueError: what ``evaluate_depth`` raises, with the image's path.
    """
    name = sample.get('img_path') or ''
    pred = get_depth_map(sample, 'pred_depth_map')
    if pred is None:
        raise ValueError(f'{name or "A sample"} has no pred_depth_map. DepthMetric evaluates '
                         "what a model returns in mode 'predict'.")
    if gt is None:
        return ImageRecord(name, empty_result(scaling), 'without ground truth')
    pred, gt = to_common_library(pred, gt)
    try:
        pixels, rows = select_pixels(pred, gt, protocol)
        if len(pixels.gt) == 0:
            return ImageRecord(name, empty_result(scaling), 'without a valid pixel')
        result = evaluate_images([pixels], protocol, scaling)[0]
        measured = measure_extra(extra, pred, gt, protocol, scaling, result, sample,
                                 loaded) if extra else {}
    except ValueError as error:
        raise ValueError(f'{name or "An image"}: {error}') from error
    return ImageRecord(
        name,
        result,
        pixels=[to_numpy(values) for values in pixels] if scaling == 'global_median' else (),
        profile=take_profile(to_numpy(pixels.gt), to_numpy(rows), gt.shape[0],
                             protocol.num_images) if with_profile else None,
        depth_kind=sample.get('depth_kind') or '',
        extra=measured)
