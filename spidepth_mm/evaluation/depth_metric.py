"""``DepthMetric``: a named protocol over a whole data set, in mmengine's loops."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from spidepth_mm.registry import METRICS

from .baselines import evaluate_baselines
from .bootstrap import bootstrap_mean
from .choices import check_choice
from .depth_errors import ERROR_NAMES
from .evaluate import PixelPair, evaluate_images
from .extra_measures import average_extra, check_extra, extra_text
from .image_record import ImageRecord, evaluate_sample
from .per_image_csv import write_per_image_csv
from .protocols import DepthProtocol, get_protocol, name_depth_kinds
from .sample_fields import get_depth_map
from .scaling import SCALINGS
from .summary import count_reasons, error_matrix, scale_statistics, summary_text


@METRICS.register_module()
class DepthMetric(BaseMetric):
    """Mean depth errors over images, under a named protocol.

    Every result is logged as a table with its protocol, its scaling and the
    number of images. Images without ground truth or without a valid pixel are
    excluded and counted. Works distributed with the same result as alone.

    Args:
        protocol: a name from ``PROTOCOLS``; or a protocol of your own, as a
            dict of ``DepthProtocol``'s fields or as one.
        scaling: a name from ``SCALINGS``; ``None`` for the protocol's own.
            ``'global_median'`` keeps 8 bytes per valid pixel until the end,
            much for dense ground truth.
        prefix: put before each name as ``prefix/``; bare names without.
        per_image_csv: path of a CSV file with one row an image, see
            ``read_per_image_csv``; written when all is evaluated.
        baselines: also evaluate a constant depth and the median depth per
            image row, both fitted on the test set itself. Keeps 6 bytes per
            valid pixel until the end, at most 1.5 MB an image and 400 MB of a
            protocol's whole data set (then of every k-th pixel).
        ci: level of a bootstrap confidence interval of each mean, e.g. 0.95;
            ``None`` for none.
        seed: of the bootstrap.
        extra: further measures of each image, averaged over the images that
            have them; names from ``EXTRA_MEASURES``: ``'ranges'``, errors by
            depth; ``'boundaries'``, for dense ground truth only;
            ``'point_cloud'``, seconds an image, for data with ``cam2img``;
            ``'hole_rate'``, for samples with a ``gt_dynamic_mask`` (1, H, W).
        collect_device: see mmengine's ``BaseMetric``.
        collect_dir: see mmengine's ``BaseMetric``.

    Metrics: the means of ``ERROR_NAMES``; ``scale_median`` and ``scale_std``
    (see ``scale_statistics``) of the images' own factors; ``num_images``
    evaluated and ``num_excluded``; with ``ci``, each error's ``_ci_low`` and
    ``_ci_high``; with ``baselines``, ``constant_abs_rel`` and
    ``row_median_abs_rel``; with ``extra``, e.g. ``abs_rel_10_20m``,
    ``edge_accuracy``, ``points_f_score`` and ``hole_rate``.

    Raises:
        ValueError: for an unknown protocol, scaling or extra measure or a
            ``ci`` outside (0, 1); while evaluating, what ``evaluate_depth`` raises, with the
            image's path; at the end, if no image could be evaluated.
    """

    # Not None, so that bare names, which save_best='abs_rel' needs, do not warn.
    default_prefix = ''

    def __init__(self,
                 protocol: Union[str, dict, DepthProtocol] = 'kitti_eigen',
                 scaling: Optional[str] = None,
                 prefix: Optional[str] = None,
                 per_image_csv: Optional[str] = None,
                 baselines: bool = False,
                 ci: Optional[float] = None,
                 seed: int = 0,
                 extra: Sequence[str] = (),
                 collect_device: str = 'cpu',
                 collect_dir: Optional[str] = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.protocol = get_protocol(protocol)
        self.scaling = check_choice('scaling', scaling or self.protocol.scaling, SCALINGS)
        if ci is not None and not 0 < ci < 1:
            raise ValueError(f'ci must be a level between 0 and 1, but got {ci}. '
                             'Use 0.95 for a 95 % interval.')
        self.extra = check_extra(extra, self.scaling)
        self.baselines = baselines
        self.ci = ci
        self.seed = seed
        self.per_image_csv = per_image_csv
        #: What the ground truth of the last evaluation measured, where that is not the
        #: protocol's: a data set's ``depth_kind``, several joined by commas; else ''.
        self.other_depth_kind = ''

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Evaluate a batch.

        Args:
            data_batch: the batch as loaded; its ``data_samples`` are asked
                for ground truth that the other ``data_samples`` lack.
            data_samples: dicts with ``pred_depth_map`` and ``gt_depth_map``,
                each with ``data`` (1, H, W), and ``img_path``.
        """
        loaded = data_batch.get('data_samples') if isinstance(data_batch, dict) else None
        for index, sample in enumerate(data_samples):
            source = loaded[index] if loaded is not None else None
            gt = get_depth_map(sample, 'gt_depth_map')
            if gt is None and source is not None:
                gt = get_depth_map(source, 'gt_depth_map')
            # One record for each sample, whatever it holds: results of several
            # processes are put in order by their position.
            self.results.append(evaluate_sample(
                sample, gt, source, self.protocol, self.scaling, self.extra, self.baselines))

    def compute_metrics(self, results: List[ImageRecord]) -> Dict[str, float]:
        """Means over the evaluated images; logs the table and writes the CSV file."""
        evaluated = [record for record in results if not record.excluded]
        reasons = count_reasons([record.excluded for record in results if record.excluded])
        if not evaluated:
            raise ValueError(f'None of {len(results)} images could be evaluated under protocol '
                             f'{self.protocol.name} ({reasons}). Does the data set load ground '
                             'truth?')
        scales = scale_statistics([record.result['scale'] for record in evaluated])
        if self.scaling == 'global_median':
            evaluated = self._share_scale(evaluated)
        errors = error_matrix([record.result for record in evaluated])
        interval = bootstrap_mean(errors, self.ci, seed=self.seed) if self.ci else None
        baselines = self._evaluate_baselines(evaluated)

        counts = f'{len(evaluated)} images' + (f', excluded: {reasons}' if reasons else '')
        means = errors.mean(axis=0)
        print_log(
            '\n' + summary_text(self._measured_protocol(evaluated), self.scaling, counts, scales,
                                means, interval, self.ci, baselines),
            logger='current')
        self._warn_of_count(len(evaluated))
        if self.per_image_csv:
            self._write_csv(self.per_image_csv, results, evaluated)

        metrics = dict(zip(ERROR_NAMES, means.tolist()), **scales)
        metrics.update(num_images=len(evaluated), num_excluded=len(results) - len(evaluated))
        if interval is not None:
            for name, low, high in zip(ERROR_NAMES, interval.low, interval.high):
                metrics.update({f'{name}_ci_low': float(low), f'{name}_ci_high': float(high)})
        metrics.update({f'{name}_abs_rel': float(row[0]) for name, row in baselines.items()})
        metrics.update(self._average_extra(evaluated))
        return metrics

    def _share_scale(self, evaluated: List[ImageRecord]) -> List[ImageRecord]:
        images = [PixelPair(*record.pixels) for record in evaluated]
        results = evaluate_images(images, self.protocol, self.scaling)
        return [replace(record, result=result) for record, result in zip(evaluated, results)]

    def _evaluate_baselines(self, evaluated: List[ImageRecord]) -> Dict[str, np.ndarray]:
        profiles = [record.profile for record in evaluated if record.profile is not None]
        if not profiles:
            return {}
        results = evaluate_baselines(profiles, self.protocol, self.scaling)
        return {name: error_matrix(images).mean(axis=0) for name, images in results.items()}

    def _average_extra(self, evaluated: List[ImageRecord]) -> Dict[str, float]:
        means = average_extra([record.extra for record in evaluated])
        if means:
            print_log('\n' + extra_text(means), logger='current')
        return {name: mean for name, (mean, _) in means.items()}

    def _measured_protocol(self, evaluated: List[ImageRecord]) -> DepthProtocol:
        """The protocol, with what the data's ground truth measures where that is something else."""
        kinds = ', '.join(sorted({record.depth_kind for record in evaluated} - {''}))
        self.other_depth_kind = ''
        measured = name_depth_kinds(kinds)
        if not measured or measured == self.protocol.depth_convention:
            return self.protocol
        self.other_depth_kind = kinds
        print_log(
            f'The ground truth is {measured}, but that of protocol {self.protocol.name} is '
            f'{self.protocol.depth_convention}: these numbers are not comparable with published '
            'ones.',
            logger='current',
            level=logging.WARNING)
        return replace(self.protocol, depth_convention=measured)

    def _warn_of_count(self, count: int) -> None:
        expected = self.protocol.num_images
        if expected is not None and count != expected:
            print_log(
                f'Protocol {self.protocol.name} has {expected} images, but {count} were '
                'evaluated: these numbers are not comparable with published ones.',
                logger='current',
                level=logging.WARNING)

    def _write_csv(self, path: str, results: List[ImageRecord],
                   evaluated: List[ImageRecord]) -> None:
        remaining = iter(evaluated)
        rows = [record if record.excluded else next(remaining) for record in results]
        names = [record.name or f'image {index}' for index, record in enumerate(rows)]
        write_per_image_csv(path, names, [record.result for record in rows], self.protocol.name,
                            self.scaling)
