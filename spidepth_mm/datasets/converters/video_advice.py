"""What a recording's measurements mean for training, in words."""

from __future__ import annotations

from typing import List, Sequence

import numpy as np

from .video_filter import BLURRED, STATIC, UNREADABLE, Verdict, kept

#: A pair with less is turned by the camera rather than moved through the scene. A street had 0.7
#: and more, a camera that only turns 0.01.
MIN_PARALLAX = 0.15
_FEW_TARGETS = 200


def advise(verdicts: Sequence[Verdict], fixed_cells: np.ndarray, num_train: int) -> List[str]:
    """Warnings; none for a recording that self-supervised training likes.

    Args:
        verdicts (Sequence[Verdict]): Of all frames that were looked at.
        fixed_cells (np.ndarray): (rows, columns) bool of ``PersistentEdges``.
        num_train (int): Number of training targets.
    """
    return [text for text in (
        _dropped(verdicts), *_motion(verdicts), _fixed(fixed_cells), _few(num_train)) if text]


def _dropped(verdicts: Sequence[Verdict]) -> str:
    reasons = [verdict.reason for verdict in verdicts]
    for reason, meaning in (
            (STATIC, 'The camera stands still, or moves too little between frames, most of the '
             'time. Without motion there is nothing to learn depth from; what is left is kept.'),
            (BLURRED, 'Many frames are blurred: more light, a shorter exposure or a slower motion '
             'would help.'),
            (UNREADABLE, 'Many frames cannot be decoded: the file may be damaged.')):
        share = reasons.count(reason) / max(len(reasons), 1)
        if share > (0.5 if reason == STATIC else 0.2):
            return f'{share:.0%} of the frames are {reason}. {meaning}'
    return ''


def _motion(verdicts: Sequence[Verdict]) -> List[str]:
    those = kept(verdicts)
    motions = [verdict.motion for verdict in those if verdict.motion is not None]
    if not motions:
        return []
    found = []
    cuts = max(verdict.segment for verdict in those)
    if cuts > 0.1 * len(those):
        found.append(
            f'The sequence breaks {cuts} times in {len(those)} kept frames: neighbours have too '
            'little in common. The frame rate is too low, the motion too fast, or the recording '
            'is cut together. Extract more frames a second if there are more.')
    overlap = float(np.median([motion.overlap for motion in motions]))
    if overlap < 0.5:
        found.append(
            f'Only {overlap:.0%} of the points can be followed from one kept frame to the next '
            '(median; 70 % and more is good). Extract more frames a second, or move more slowly.')
    turning = float(np.mean([motion.parallax < MIN_PARALLAX for motion in motions]))
    if turning > 0.3:
        found.append(
            f'Mostly rotation: in {turning:.0%} of the pairs the camera turns rather than moves. '
            'Turning shows nothing of depth. Walk or drive; do not pan.')
    roll = float(np.median([abs(motion.roll_deg) for motion in motions]))
    if roll > 1:
        found.append(
            f'The camera rolls about its own axis by {roll:.1f} degrees a frame (median). The '
            'pose net has to learn that too; a stabilised or fixed camera is easier.')
    return found


def _fixed(cells: np.ndarray) -> str:
    if not cells.any():
        return ''
    rows = len(cells)
    if cells[rows * 3 // 4:].any():
        first = rows // 2 + int(np.argmax(cells[rows // 2:].any(1)))
        return ('Something at the bottom of the picture moves with the camera, such as a bonnet or '
                'a dashboard. Training takes it for infinitely far: cut it off with '
                f'--crop-bottom {1 - first / rows:.3g}')
    return ('Something in the picture moves with the camera, such as a logo, a clock or a dirty '
            'lens (marked in the report). Training takes it for infinitely far: crop it away if '
            'it is large.')


def _few(num_train: int) -> str:
    if num_train >= _FEW_TARGETS:
        return ''
    return (f'{num_train} training images are few: enough to try, not to generalise. A few '
            'thousand from several places are a start.')
