"""Which frames of a recording are worth training on."""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterable, Iterator, List, NamedTuple, Optional

import numpy as np

from .video_motion import (
    MIN_FEATURES,
    Motion,
    count_features,
    measure_motion,
    sharpness,
    view_of,
)
from .video_persistence import PersistentEdges
from .video_source import Frame

KEPT = ''
#: Why a frame is dropped.
STATIC, BLURRED, FEATURELESS, UNREADABLE, OTHER_SIZE = (
    'static', 'blurred', 'featureless', 'unreadable', 'another size')
REASONS = (STATIC, BLURRED, FEATURELESS, UNREADABLE, OTHER_SIZE)
# Sharpness is compared with that of so many frames before and after.
_HALF_WINDOW = 7


class FilterSettings(NamedTuple):
    """Thresholds.

    Attributes:
        min_motion: A frame is kept when its points have moved by this
            share of the image's width since the last kept one (median).
        blur_threshold: A frame is blurred when its sharpness is below this
            share of its neighbours' median; 0 keeps all.
        min_overlap: Where fewer points can be followed, a new segment begins:
            a cut, or too fast a motion.
    """

    min_motion: float = 0.0025
    blur_threshold: float = 0.4
    min_overlap: float = 0.2

    def check(self) -> FilterSettings:
        for name, value in self._asdict().items():
            if not 0 <= value < 1:
                raise ValueError(f'--{name.replace("_", "-")} must lie in [0, 1), but got {value}.')
        return self


class Verdict(NamedTuple):
    """What became of one frame.

    Attributes:
        number: In the recording.
        reason: Why it was dropped; :data:`KEPT` if it was not.
        segment: Frames of one segment belong together; counted from 0.
        sharpness: Of its view.
        motion: Since the last kept frame; None for the first of a segment
            and for frames that were not looked at.
    """

    number: int
    reason: str
    segment: int
    sharpness: float = 0.
    motion: Optional[Motion] = None


class Judged(NamedTuple):
    """A verdict with the image that it is about; None if there is none."""

    verdict: Verdict
    image: Optional[np.ndarray]


class _Seen(NamedTuple):
    frame: Frame
    view: Optional[np.ndarray]
    sharpness: float


def judge_frames(frames: Iterable[Frame], cam2img: np.ndarray, settings: FilterSettings,
                 persistent: Optional[PersistentEdges] = None) -> Iterator[Judged]:
    """Decides on each frame, in one pass that holds few frames at a time.

    Args:
        frames (Iterable[Frame]): As they are to be written.
        cam2img (np.ndarray): (3, 3) of the views.
        settings (FilterSettings): Thresholds.
        persistent (PersistentEdges, optional): Is shown each kept view.
    """
    last: Optional[np.ndarray] = None
    segment = -1
    for seen, usual in _with_usual_sharpness(map(_look, frames)):
        number, image, reason = seen.frame
        if seen.view is None:
            yield Judged(Verdict(number, reason, max(segment, 0)), None)
            continue
        if count_features(seen.view) < MIN_FEATURES:
            yield Judged(Verdict(number, FEATURELESS, max(segment, 0), seen.sharpness), image)
            continue
        if seen.sharpness < settings.blur_threshold * usual:
            yield Judged(Verdict(number, BLURRED, max(segment, 0), seen.sharpness), image)
            continue
        motion = None if last is None else measure_motion(last, seen.view, cam2img)
        if motion is None or motion.overlap < settings.min_overlap:
            segment += 1
            motion = None
        elif motion.moved < settings.min_motion:
            yield Judged(Verdict(number, STATIC, segment, seen.sharpness, motion), image)
            continue
        if persistent is not None:
            persistent.add(seen.view)
        last = seen.view
        yield Judged(Verdict(number, KEPT, segment, seen.sharpness, motion), image)


def kept(verdicts: Iterable[Verdict]) -> List[Verdict]:
    return [verdict for verdict in verdicts if verdict.reason == KEPT]


def _look(frame: Frame) -> _Seen:
    if frame.image is None:
        return _Seen(frame, None, 0.)
    view = view_of(frame.image)
    return _Seen(frame, view, sharpness(view))


def _with_usual_sharpness(all_seen: Iterator[_Seen]) -> Iterator:
    """Each with the median sharpness of its neighbours, itself among them."""
    window: Deque[_Seen] = deque()
    position = 0  # of the one that is next to go out
    for seen in all_seen:
        window.append(seen)
        if len(window) > position + _HALF_WINDOW:
            yield window[position], _median_sharpness(window)
            position += 1
            if position > _HALF_WINDOW:
                window.popleft()
                position -= 1
    while position < len(window):
        yield window[position], _median_sharpness(window)
        position += 1
        if position > _HALF_WINDOW:
            window.popleft()
            position -= 1


def _median_sharpness(window: Iterable[_Seen]) -> float:
    values = [seen.sharpness for seen in window if seen.view is not None]
    return float(np.median(values)) if values else 0.
