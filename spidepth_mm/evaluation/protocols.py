"""Named evaluation protocols: everything that changes a number, frozen in one place.

Two results may be compared only if they were measured under one protocol and
one scaling. ``DepthMetric`` and ``evaluate_depth`` share these descriptions
and print them with every result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, Optional, Union

from .choices import check_choice
from .crops import CROPS
from .scaling import SCALINGS

#: A data set's name for what its ground truth measures, and a protocol's words for it.
DEPTH_CONVENTIONS = {'velodyne_x': 'depth is velodyne x', 'camera_z': 'camera z'}
RESIZE_MODES = ('bilinear', 'nearest')
QUANTITIES = ('depth', 'disparity')


@dataclass(frozen=True)
class DepthProtocol:
    """How a predicted depth map is compared with a ground-truth depth map.

    In this order: the prediction is resized to the part of the ground truth
    that it shows, pixels are selected, the scaling is fitted on them, the
    scaled prediction is clamped, the errors are taken.

    Attributes:
        name: what configs call it.
        title: data set and kind of ground truth, for people.
        gt_above: a pixel counts only if its true depth is greater, metres.
        gt_below: and less than this, metres; ``inf`` for no cap. Both
            comparisons are strict.
        min_depth: lower clamp of the scaled prediction, metres, positive.
        max_depth: upper clamp of the scaled prediction, metres.
        crop: a name from ``CROPS``.
        resize: ``'bilinear'`` (pixel centres at +0.5, as ``cv2.resize`` with
            ``INTER_LINEAR``) or ``'nearest'`` (as ``INTER_NEAREST``).
        resized_quantity: ``'depth'``, or ``'disparity'`` to interpolate
            1/depth (Monodepth2's way; the reference of SPIdepth resizes
            depth).
        scaling: the default, a name from ``SCALINGS``.
        num_images: how many images the benchmark has, ``None`` if open.
        depth_convention: what the ground truth's numbers measure.
    """

    name: str
    title: str
    gt_above: float = 1e-3
    gt_below: float = 80.
    min_depth: float = 1e-3
    max_depth: float = 80.
    crop: str = 'whole'
    resize: str = 'bilinear'
    resized_quantity: str = 'depth'
    scaling: str = 'median'
    num_images: Optional[int] = None
    depth_convention: str = 'camera z'

    def __post_init__(self) -> None:
        check_choice('scaling', self.scaling, SCALINGS)
        check_choice('crop', self.crop, CROPS)
        check_choice('resize', self.resize, RESIZE_MODES)
        check_choice('resized_quantity', self.resized_quantity, QUANTITIES)
        if not 0 < self.min_depth < self.max_depth < math.inf:
            raise ValueError(f'Protocol {self.name!r} needs 0 < min_depth < max_depth < inf, but '
                             f'got {self.min_depth} and {self.max_depth} metres.')
        if not 0 <= self.gt_above < self.gt_below:
            raise ValueError(f'Protocol {self.name!r} needs 0 <= gt_above < gt_below, but got '
                             f'{self.gt_above} and {self.gt_below} metres.')

    def describe(self, scaling: Optional[str] = None) -> str:
        """One line that says all of it; ``scaling`` where the default is overridden."""
        below = '' if math.isinf(self.gt_below) else f' < {self.gt_below:g}'
        crop = 'no crop' if self.crop == 'whole' else f'{self.crop} crop'
        return (f'{self.name}: {self.title} ({self.depth_convention}), {crop}, '
                f'{self.gt_above:g} < gt{below} m, scaling {scaling or self.scaling}, '
                f'prediction resized as {self.resized_quantity} ({self.resize}) and clamped to '
                f'{self.min_depth:g}..{self.max_depth:g} m')


_ALL = (
    DepthProtocol(
        'kitti_eigen',
        'KITTI Eigen test split, raw LiDAR',
        crop='garg',
        num_images=697,
        depth_convention='depth is velodyne x'),
    DepthProtocol(
        'kitti_eigen_improved',
        'KITTI Eigen test split, annotated ground truth',
        gt_above=0.,
        gt_below=math.inf,
        num_images=652),
    DepthProtocol(
        'kitti_eigen_metric',
        'KITTI Eigen test split, raw LiDAR, metric',
        crop='garg',
        scaling='none',
        num_images=697,
        depth_convention='depth is velodyne x'),
    DepthProtocol(
        'kitti_eigen_annotated',
        'KITTI Eigen test split, annotated ground truth, metric',
        crop='benchmark_garg',
        scaling='none',
        num_images=652),
    DepthProtocol(
        'cityscapes',
        'Cityscapes test split, stereo matching',
        crop='cityscapes',
        num_images=1525),
    DepthProtocol(
        'make3d_c1',
        'Make3D test set, C1',
        gt_above=0.,
        gt_below=70.,
        max_depth=70.,
        crop='make3d_c1',
        resize='nearest',
        num_images=134,
        depth_convention='laser range'),
    DepthProtocol('stereo', 'dense depth from stereo matching or rendering', crop='garg'),
)

PROTOCOLS: Dict[str, DepthProtocol] = {protocol.name: protocol for protocol in _ALL}


def get_protocol(protocol: Union[str, dict, DepthProtocol]) -> DepthProtocol:
    """Look a protocol up by name; a ``DepthProtocol`` is returned as it is.

    A dict, which is what a config file can hold, is a new protocol: the
    fields of ``DepthProtocol``, of which ``name`` and ``title`` are needed.

    Raises:
        ValueError: if there is none of this name; the message lists all. For
            a dict that lacks a name or has a name of a known protocol or an
            unknown field.
    """
    if isinstance(protocol, DepthProtocol):
        return protocol
    if isinstance(protocol, dict):
        return _protocol_of_config(protocol)
    check_choice('protocol', protocol, PROTOCOLS)
    return PROTOCOLS[protocol]


def name_depth_kinds(kinds: str) -> str:
    """A protocol's words for a data set's ``depth_kind``, or several joined by commas."""
    return ', '.join(DEPTH_CONVENTIONS.get(kind, kind) for kind in kinds.split(', '))


def _protocol_of_config(fields: dict) -> DepthProtocol:
    known = tuple(DepthProtocol.__dataclass_fields__)
    for field in fields:
        check_choice('field of a protocol', field, known)
    missing = [key for key in ('name', 'title') if key not in fields]
    if missing:
        raise ValueError(f'A protocol given as a dict needs name and title, but lacks {missing}: '
                         f'got {dict(fields)}.')
    if fields['name'] in PROTOCOLS:
        raise ValueError(f"'{fields['name']}' is the name of a known protocol with fixed "
                         'settings. Give yours another name, so that nobody compares the two.')
    return DepthProtocol(**fields)
