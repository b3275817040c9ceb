"""Pictures of a preflight report; all (H, W, 3) uint8 RGB."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np

from .video_filter import KEPT, Verdict
from .video_motion import Motion, view_of

THUMBNAIL_WIDTH = 256
COLORS: Dict[str, Tuple[int, int, int]] = {
    KEPT: (46, 139, 87), 'static': (150, 150, 150), 'blurred': (230, 150, 30),
    'featureless': (40, 40, 40), 'unreadable': (200, 30, 30), 'another size': (120, 60, 160)}
_TEXT = dict(fontFace=cv2.FONT_HERSHEY_SIMPLEX, fontScale=0.45, lineType=cv2.LINE_AA)


def thumbnail(image: np.ndarray, text: str) -> np.ndarray:
    """The image, 256 wide, with ``text`` in its corner."""
    height = max(1, round(image.shape[0] * THUMBNAIL_WIDTH / image.shape[1]))
    small = cv2.resize(image, (THUMBNAIL_WIDTH, height), interpolation=cv2.INTER_AREA)
    for color, thickness in ((0, 0, 0), 3), ((255, 255, 255), 1):
        cv2.putText(small, text, (5, 15), color=color, thickness=thickness, **_TEXT)
    return small


def contact_sheet(thumbnails: Sequence[np.ndarray], columns: int = 4) -> np.ndarray:
    """Thumbnails of one size in rows; what is left of the last row is white."""
    blank = np.full_like(thumbnails[0], 255)
    rows = [list(thumbnails[start:start + columns])
            for start in range(0, len(thumbnails), columns)]
    rows[-1] += [blank] * (columns - len(rows[-1])) if len(rows) > 1 else []
    return np.concatenate([np.concatenate(row, 1) for row in rows])


def motion_histogram(verdicts: Sequence[Verdict], min_motion: float,
                     size: Tuple[int, int] = (760, 240)) -> np.ndarray:
    """How far the points moved since the last kept frame, in per cent of the width."""
    width, height = size
    left, bottom, top = 40, height - 40, 20
    moved = {reason: [100 * v.motion.moved for v in verdicts
                      if v.motion is not None and v.reason == reason]
             for reason in (KEPT, 'static')}
    largest = max([1., *(np.percentile(values, 99) for values in moved.values() if values)])
    edges = np.linspace(0, largest, 41)
    counts = {reason: np.histogram(np.minimum(values, largest), edges)[0]
              for reason, values in moved.items()}
    highest = max(1, (counts[KEPT] + counts['static']).max())
    picture = np.full((height, width, 3), 255, np.uint8)
    step = (width - left - 20) / 40
    for index in range(40):
        base = bottom
        for reason in ('static', KEPT):
            tall = round((bottom - top) * counts[reason][index] / highest)
            start = round(left + index * step)
            cv2.rectangle(picture, (start, base - tall), (round(start + step) - 2, base),
                          COLORS[reason], -1)
            base -= tall
    cv2.line(picture, (left, bottom), (width - 20, bottom), (0, 0, 0), 1)
    threshold = round(left + 100 * min_motion / largest * (width - left - 20))
    cv2.line(picture, (threshold, top), (threshold, bottom), (200, 30, 30), 1)
    for value in np.linspace(0, largest, 6):
        place = round(left + value / largest * (width - left - 20))
        _write(picture, f'{value:.2f}', (place - 12, bottom + 16))
    _write(picture, 'motion since the last kept frame, % of the width (median of the points)',
           (left, height - 6))
    _write(picture, str(highest), (4, top + 10))
    return picture


def timeline(verdicts: Sequence[Verdict], size: Tuple[int, int] = (760, 36)) -> np.ndarray:
    """A strip from the first frame to the last, coloured by what became of them."""
    width, height = size
    colors = np.array([COLORS[verdict.reason] for verdict in verdicts], np.uint8)
    positions = (np.arange(width) * len(colors)) // width
    return np.repeat(colors[positions][None], height, 0)


def followed_points(image: np.ndarray, motion: Motion) -> np.ndarray:
    """Arrows from where points were to where they are, on the later image."""
    view = view_of(image)
    picture = cv2.cvtColor(view, cv2.COLOR_GRAY2RGB)
    for (x0, y0), (x1, y1) in zip(motion.starts.tolist(), motion.ends.tolist()):
        start, end = (round(x0), round(y0)), (round(x1), round(y1))
        cv2.line(picture, start, end, (255, 220, 0), 1, cv2.LINE_AA)
        cv2.circle(picture, end, 2, (255, 60, 60), -1, cv2.LINE_AA)
    return picture


def flow_picture(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Dense optical flow: the colour is the direction, the brightness the length."""
    flow = cv2.calcOpticalFlowFarneback(
        view_of(before), view_of(after), None, 0.5, 5, 21, 3, 7, 1.5, 0)
    length, angle = cv2.cartToPolar(flow[..., 0], flow[..., 1])
    largest = max(float(np.percentile(length, 98)), 1.)
    coded = np.stack([angle * 90 / np.pi, np.full_like(angle, 255),
                      np.minimum(255 * length / largest, 255)], -1)
    return cv2.cvtColor(coded.astype(np.uint8), cv2.COLOR_HSV2RGB)


def mark_cells(image: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The cells of a (rows, columns) bool grid in red."""
    view = cv2.cvtColor(view_of(image), cv2.COLOR_GRAY2RGB)
    mask = cv2.resize(cells.astype(np.uint8), view.shape[1::-1],
                      interpolation=cv2.INTER_NEAREST).astype(bool)
    view[mask] = (0.5 * view[mask] + (127, 0, 0)).astype(np.uint8)
    return view


def evenly(items: Sequence, most: int) -> List:
    """At most ``most`` items at equal distances, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(position)] for position in np.linspace(0, len(items) - 1, most)]


def _write(picture: np.ndarray, text: str, place: Tuple[int, int]) -> None:
    cv2.putText(picture, text, place, color=(0, 0, 0), thickness=1, **_TEXT)
