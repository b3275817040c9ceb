"""Errors of a predicted camera trajectory, as the odometry literature reports them.

A trajectory is (N, 4, 4), ``world_from_camera`` of N consecutive frames:
x right, y down, z forward, in metres or, where predicted, of unknown scale.
Everything is computed in float64.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Sequence, Tuple

import numpy as np

from .choices import check_choice

ALIGNMENTS = ('none', 'scale', 'sim3')
#: The KITTI benchmark's sub-sequences, metres of driven way, and the stride of their first frames.
SEGMENT_LENGTHS = (100, 200, 300, 400, 500, 600, 700, 800)
_SEGMENT_STRIDE = 10
_ROTATION_TOLERANCE = 1e-3


class Similarity(NamedTuple):
    """``p_target = scale * rotation @ p_source + translation``."""

    scale: float
    rotation: np.ndarray
    translation: np.ndarray


def evaluate_trajectory(pred: np.ndarray, gt: np.ndarray,
                        alignment: str = 'scale') -> Dict[str, float]:
    """All errors of one trajectory.

    Both are first expressed in their own first camera, so that ``'none'`` and
    ``'scale'`` compare trajectories that start at the same pose.

    Args:
        pred: (N, 4, 4) predicted, of any unit that ``alignment`` can mend.
        gt: (N, 4, 4) true, metres.
        alignment: ``'none'``; ``'scale'``: one factor on the predicted
            translations, the best similarity's; ``'sim3'``: that similarity
            itself (scale, rotation and translation of the world).

    Returns:
        dict: ``ate`` (RMSE of positions, m), ``rpe_trans`` and ``rpe_rot``
        (RMSE of frame-to-frame motion, m and degrees), ``t_rel`` (%) and
        ``r_rel`` (degrees per 100 m) over 100..800 m, left out where the
        way is shorter than 100 m; ``ate_5frames`` and ``ate_5frames_std``
        (m, see :func:`snippet_errors`; no ``alignment``); ``scale`` (the
        factor on the prediction), ``num_frames``, ``num_segments``.

    Raises:
        ValueError: For an unknown alignment, trajectories of different or
            too small length, matrices that are no finite poses, or a
            prediction without motion where a scale has to be fitted.
    """
    check_choice('alignment', alignment, ALIGNMENTS)
    pred, gt = check_trajectories(pred, gt)
    pred, gt = from_first_camera(pred), from_first_camera(gt)
    snippets = snippet_errors(pred, gt)
    aligned, scale = align_trajectory(pred, gt, alignment)
    trans, rot = relative_pose_errors(aligned, gt)
    errors = dict(
        ate=_rms(position_errors(aligned, gt)), rpe_trans=_rms(trans), rpe_rot=_rms(rot))
    t_rel, r_rel = segment_errors(aligned, gt)
    if len(t_rel):
        errors.update(t_rel=float(t_rel.mean()), r_rel=float(r_rel.mean()))
    errors.update(
        ate_5frames=float(snippets.mean()), ate_5frames_std=float(snippets.std()), scale=scale,
        num_frames=len(gt), num_segments=len(t_rel))
    return errors


def check_trajectories(pred: np.ndarray, gt: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Both as (N, 4, 4) float64, N >= 2, of finite rigid motions; else ``ValueError``."""
    checked = []
    for name, poses in (('predicted', pred), ('true', gt)):
        poses = np.asarray(poses, np.float64)
        if poses.ndim != 3 or poses.shape[1:] != (4, 4) or len(poses) < 2:
            raise ValueError(f'The {name} trajectory must have shape (N, 4, 4) with N >= 2, but '
                             f'got {poses.shape}.')
        bad = np.flatnonzero(~_are_poses(poses))
        if len(bad):
            raise ValueError(f'The {name} trajectory has {len(bad)} matrices that are not finite '
                             f'rigid motions [R | t], the first one at frame {bad[0]}.')
        checked.append(poses)
    if len(checked[0]) != len(checked[1]):
        raise ValueError(f'The predicted trajectory has {len(checked[0])} frames, the true one '
                         f'{len(checked[1])}: they must be of the same frames.')
    return checked[0], checked[1]


def from_first_camera(poses: np.ndarray) -> np.ndarray:
    """(N, 4, 4) with the first camera as the world."""
    return np.linalg.inv(poses[0]) @ poses


def fit_similarity(source: np.ndarray, target: np.ndarray) -> Similarity:
    """Least-squares similarity between matched points, with a proper rotation.

    Umeyama, "Least-squares estimation of transformation parameters between
    two point patterns" (PAMI 1991).

    Args:
        source: (N, 3).
        target: (N, 3).

    Raises:
        ValueError: If all source points coincide.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    centred = source - source_mean
    variance = float((centred**2).sum(axis=1).mean())
    if variance == 0:
        raise ValueError('The predicted trajectory does not move, so it has no scale. '
                         "Use alignment='none'.")
    covariance = (target - target_mean).T @ centred / len(source)
    u, singular, vt = np.linalg.svd(covariance)
    signs = np.array([1., 1., np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(signs) @ vt
    scale = float((singular * signs).sum() / variance)
    return Similarity(scale, rotation, target_mean - scale * rotation @ source_mean)


def align_trajectory(pred: np.ndarray, gt: np.ndarray,
                     alignment: str) -> Tuple[np.ndarray, float]:
    """``pred`` (N, 4, 4) aligned with ``gt``, and the factor on its translations."""
    if alignment == 'none':
        return pred, 1.
    scale, rotation, translation = fit_similarity(pred[:, :3, 3], gt[:, :3, 3])
    aligned = pred.copy()
    aligned[:, :3, 3] *= scale
    if alignment == 'sim3':
        aligned[:, :3, 3] = aligned[:, :3, 3] @ rotation.T + translation
        aligned[:, :3, :3] = rotation @ aligned[:, :3, :3]
    return aligned, scale


def position_errors(pred: np.ndarray, gt: np.ndarray) -> np.ndarray:
    """(N,) distances of camera positions, metres."""
    return np.linalg.norm(pred[:, :3, 3] - gt[:, :3, 3], axis=1)


def relative_pose_errors(pred: np.ndarray, gt: np.ndarray,
                         step: int = 1) -> Tuple[np.ndarray, np.ndarray]:
    """Errors of the motion over ``step`` frames: (N - step,) metres and degrees."""
    errors = np.linalg.inv(_motions(gt, step)) @ _motions(pred, step)
    return np.linalg.norm(errors[:, :3, 3], axis=1), np.rad2deg(rotation_angles(errors))


def snippet_errors(pred: np.ndarray, gt: np.ndarray, length: int = 5) -> np.ndarray:
    """(N - 1,) errors of short snippets, each scaled by itself: Monodepth2's numbers.

    Parity, in three points where one might do otherwise: the positions of a
    snippet are those of the chained frame-to-frame motions *next from this*
    (not of the cameras), the error is the root of the summed squares divided
    by the number of frames (not by its root), and the last ``length - 2``
    snippets are shorter ones.

    Args:
        pred: (N, 4, 4) of any scale.
        gt: (N, 4, 4), metres.
        length: frames a snippet.
    """
    pred_motions, gt_motions = _next_from_this(pred), _next_from_this(gt)
    errors = []
    for first in range(len(gt_motions)):
        pred_xyz = _chain(pred_motions[first:first + length - 1])
        gt_xyz = _chain(gt_motions[first:first + length - 1])
        power = (pred_xyz**2).sum()
        scale = (gt_xyz * pred_xyz).sum() / power if power else 0.
        errors.append(np.sqrt(((scale * pred_xyz - gt_xyz)**2).sum()) / len(gt_xyz))
    return np.array(errors)


def segment_errors(pred: np.ndarray, gt: np.ndarray,
                   lengths: Sequence[float] = SEGMENT_LENGTHS) -> Tuple[np.ndarray, np.ndarray]:
    """Drift over sub-sequences, as KITTI's odometry benchmark measures it.

    From every tenth frame to the first one that is more than ``length``
    metres of true way ahead.

    Returns:
        two (S,) arrays: translation error in % of the length, rotation error
        in degrees per 100 m; S = 0 if the way is too short.
    """
    steps = np.linalg.norm(np.diff(gt[:, :3, 3], axis=0), axis=1)
    way = np.concatenate([[0.], np.cumsum(steps)])
    pairs = []
    for first in range(0, len(gt), _SEGMENT_STRIDE):
        for length in lengths:
            last = int(np.searchsorted(way, way[first] + length, side='right'))
            if last < len(gt):
                pairs.append((first, last, length))
    if not pairs:
        return np.zeros(0), np.zeros(0)
    firsts, lasts, metres = (np.array(column) for column in zip(*pairs))
    true = np.linalg.inv(gt[firsts]) @ gt[lasts]
    error = np.linalg.inv(np.linalg.inv(pred[firsts]) @ pred[lasts]) @ true
    return (100 * np.linalg.norm(error[:, :3, 3], axis=1) / metres,
            100 * np.rad2deg(rotation_angles(error)) / metres)


def rotation_angles(transforms: np.ndarray) -> np.ndarray:
    """(N,) angles in 0..pi of (N, 4, 4) rigid motions, exact near 0 too."""
    # The arc cosine of the trace loses half of the digits there.
    chord = np.linalg.norm(transforms[:, :3, :3] - np.eye(3), axis=(1, 2)) / np.sqrt(8)
    return 2 * np.arcsin(np.clip(chord, 0, 1))


def _motions(poses: np.ndarray, step: int) -> np.ndarray:
    return np.linalg.inv(poses[:-step]) @ poses[step:]


def _next_from_this(poses: np.ndarray) -> np.ndarray:
    return np.linalg.inv(poses[1:]) @ poses[:-1]


def _chain(motions: np.ndarray) -> np.ndarray:
    pose = np.eye(4)
    positions = [pose[:3, 3]]
    for motion in motions:
        pose = pose @ motion
        positions.append(pose[:3, 3])
    return np.array(positions)


def _are_poses(poses: np.ndarray) -> np.ndarray:
    rotation = poses[:, :3, :3]
    with np.errstate(invalid='ignore'):
        deviation = np.abs(rotation @ rotation.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2))
        return (np.isfinite(poses).all(axis=(1, 2)) & (deviation < _ROTATION_TOLERANCE)
                & (np.linalg.det(np.nan_to_num(rotation)) > 0)
                & (poses[:, 3] == [0, 0, 0, 1]).all(axis=1))


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))
