"""Which frames beside the target a sample has."""

from __future__ import annotations

import numbers
import re
from typing import Iterable, Tuple, Union

FrameOffset = Union[int, str]
STEREO = 's'


def parse_frame_offsets(texts: Iterable[str]) -> Tuple[FrameOffset, ...]:
    """``-1 1 s`` of a command line, as ``normalize_frame_offsets`` gives and raises."""
    return normalize_frame_offsets(
        int(text) if re.fullmatch(r'-?\d+', text) else text for text in texts)


def normalize_frame_offsets(frame_offsets: Iterable[FrameOffset]) -> Tuple[FrameOffset, ...]:
    """Checks source offsets and drops the target itself.

    Args:
        frame_offsets: Integers (-1 is the frame before the target, 1 the one
            after) and ``'s'`` for the stereo partner. A 0 names the target
            and is dropped. May be empty.

    Returns:
        tuple: The sources, in the order given.

    Raises:
        ValueError: If an offset is neither an integer nor ``'s'``, or is
            given twice.
    """
    if isinstance(frame_offsets, (str, numbers.Number)):
        frame_offsets = (frame_offsets, )
    sources = []
    for offset in frame_offsets:
        is_frame = isinstance(offset, numbers.Integral) and not isinstance(offset, bool)
        if not is_frame and offset != STEREO:
            raise ValueError(f'Unknown frame offset {offset!r}. Valid offsets are integers '
                             f"such as -1 and 1, and '{STEREO}' for the stereo partner.")
        offset = int(offset) if is_frame else STEREO
        if offset in sources:
            raise ValueError(f'Frame offset {offset!r} is given twice in {list(frame_offsets)}.')
        if offset != 0:
            sources.append(offset)
    return tuple(sources)
