"""``PoseMetric``: errors of camera trajectories, in mmengine's loops or offline."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from spidepth_mm.registry import METRICS

from .choices import check_choice
from .pose_errors import ALIGNMENTS, evaluate_trajectory
from .result_table import format_error, format_table
from .sample_fields import to_numpy

#: Title and number of each column of :func:`pose_table`.
_COLUMNS = (('ATE m', 'ate'), ('RPE m', 'rpe_trans'), ('RPE deg', 'rpe_rot'),
            ('t_rel %', 't_rel'), ('r_rel deg/100m', 'r_rel'), ('scale', 'scale'))


class _PosePair(NamedTuple):
    sequence: str
    frame: int
    pred: np.ndarray
    gt: np.ndarray


@METRICS.register_module()
class PoseMetric(BaseMetric):
    """Trajectory errors of :func:`evaluate_trajectory`.

    A sample is one frame: a dict with ``pred_world_from_camera`` and
    ``world_from_target`` (4, 4), and, where there are several sequences or
    the order is not that of the frames, ``sequence`` and ``frame``. Make them
    of whole trajectories by :func:`pose_samples`, e.g. for
    ``Evaluator(PoseMetric()).offline_evaluate(pose_samples(pred, gt))``.

    Args:
        alignment: ``'none'``, ``'scale'`` or ``'sim3'``.
        prefix: put before each name as ``prefix/``.
        collect_device: see mmengine's ``BaseMetric``.
        collect_dir: see mmengine's ``BaseMetric``.

    Metrics: the keys of :func:`evaluate_trajectory`; with several sequences
    each as ``<sequence>/<key>``.

    Raises:
        ValueError: For an unknown alignment; at the end, what
            ``evaluate_trajectory`` raises, with the sequence's name.
    """

    default_prefix = ''

    def __init__(self,
                 alignment: str = 'scale',
                 prefix: Optional[str] = None,
                 collect_device: str = 'cpu',
                 collect_dir: Optional[str] = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.alignment = check_choice('alignment', alignment, ALIGNMENTS)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Take the poses of a batch of frames."""
        for sample in data_samples:
            poses = []
            for field in ('pred_world_from_camera', 'world_from_target'):
                if sample.get(field) is None:
                    raise ValueError(f'A sample has no {field}. PoseMetric needs a predicted and '
                                     'a true pose (4, 4) of each frame; pose_samples makes them '
                                     'from two trajectories.')
                poses.append(np.asarray(to_numpy(sample[field]), np.float64))
            frame = sample.get('frame')
            self.results.append(tuple(_PosePair(
                str(sample.get('sequence', '')),
                len(self.results) if frame is None else int(frame), *poses)))

    def compute_metrics(self, results: List[tuple]) -> Dict[str, float]:
        """Errors of each sequence; logs the table."""
        # Plain tuples, because mmengine takes named ones apart between processes.
        pairs = sorted((_PosePair(*result) for result in results),
                       key=lambda pair: (pair.sequence, pair.frame))
        metrics = {}
        sequences = sorted({pair.sequence for pair in pairs})
        for sequence in sequences:
            chosen = [pair for pair in pairs if pair.sequence == sequence]
            pred, gt = (np.stack([getattr(pair, side) for pair in chosen])
                        for side in ('pred', 'gt'))
            try:
                errors = evaluate_trajectory(pred, gt, self.alignment)
            except ValueError as error:
                raise ValueError(f'Sequence {sequence!r}: {error}') from error
            print_log(f'\nTrajectory {sequence}'.rstrip() + '\n'
                      + pose_table({self.alignment: errors}), logger='current')
            prefix = f'{sequence}/' if len(sequences) > 1 else ''
            metrics.update({prefix + name: value for name, value in errors.items()})
        return metrics


def pose_samples(pred: np.ndarray, gt: np.ndarray, sequence: str = '') -> List[dict]:
    """Two trajectories (N, 4, 4) as :class:`PoseMetric`'s samples.

    Raises:
        ValueError: If they differ in length.
    """
    if len(pred) != len(gt):
        raise ValueError(f'The predicted trajectory has {len(pred)} frames, the true one '
                         f'{len(gt)}: they must be of the same frames.')
    return [dict(sequence=sequence, frame=frame, pred_world_from_camera=pose,
                 world_from_target=true) for frame, (pose, true) in enumerate(zip(pred, gt))]


def pose_table(errors: Dict[str, Dict[str, float]]) -> str:
    """Errors by alignment as a text table, with what its numbers depend on.

    Args:
        errors: results of ``evaluate_trajectory`` for each alignment.
    """
    any_errors = next(iter(errors.values()))
    rows = [[alignment, *(format_error(row[key]) if key in row else '-' for _, key in _COLUMNS)]
            for alignment, row in errors.items()]
    lines = [
        f'{any_errors["num_frames"]} frames; ATE over 5-frame snippets '
        f'{any_errors["ate_5frames"]:.3f} (std {any_errors["ate_5frames_std"]:.3f}) m, each '
        'snippet scaled by itself',
        format_table(['alignment', *(title for title, _ in _COLUMNS)], rows)
    ]
    segments = any_errors['num_segments']
    lines.append(f't_rel, r_rel: mean of {segments} sub-sequences of 100..800 m' if segments else
                 't_rel, r_rel: none, the way is shorter than 100 m')
    return '\n'.join(lines)
