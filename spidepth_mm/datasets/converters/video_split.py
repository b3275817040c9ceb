"""Training and validation images of a recording, apart from each other."""

from __future__ import annotations

from itertools import groupby
from typing import List, NamedTuple, Sequence

# A validation block of about this many targets: more places are worth more than long blocks.
_BLOCK = 40


class Split(NamedTuple):
    """Positions of the targets among the kept frames, in order."""

    train: List[int]
    val: List[int]


def split_targets(segments: Sequence[int], val_share: float = 0.1, gap: int = 5) -> Split:
    """Chooses targets with both neighbours, and takes validation blocks out.

    A sample shows its target and the frames before and after it. No frame of
    a validation sample is in a training sample, nor within ``gap`` frames of
    one.

    Args:
        segments (Sequence[int]): The segment of each kept frame.
        val_share (float): Share of the targets, [0, 0.5].
        gap (int): Frames in neither.

    Raises:
        ValueError: If nothing is left to train on.
    """
    if not 0 <= val_share <= 0.5:
        raise ValueError(f'--val-share must lie in [0, 0.5], but got {val_share}.')
    if gap < 0:
        raise ValueError(f'--gap must be at least 0, but got {gap}.')
    targets = _targets(segments)
    val = _blocks(targets, val_share)
    # Sources reach one frame further on either side.
    distance = gap + 3
    taken = set()
    for position in val:
        taken.update(range(position - distance + 1, position + distance))
    train = [position for position in targets if position not in taken]
    if not train:
        raise ValueError(
            f'{len(segments)} frames were kept, {len(targets)} of them with a kept frame before '
            f'and after in the same segment, and none is left to train on beside {len(val)} for '
            f'validation with a gap of {gap}. Take a longer recording, or lower --val-share, '
            '--gap, --min-motion or --min-overlap; the report shows what was dropped.')
    return Split(train, val)


def _targets(segments: Sequence[int]) -> List[int]:
    """Positions that have a frame of their segment before and after them."""
    targets = []
    for _, run in groupby(range(len(segments)), key=lambda position: segments[position]):
        targets += list(run)[1:-1]
    return targets


def _blocks(targets: Sequence[int], share: float) -> List[int]:
    """The end of each of some equally long parts."""
    wanted = round(len(targets) * share)
    if not wanted:
        return []
    parts = max(1, round(wanted / _BLOCK))
    ends = [(part + 1) * len(targets) // parts for part in range(parts)]
    sizes = [wanted // parts + (part < wanted % parts) for part in range(parts)]
    return [position for end, size in zip(ends, sizes) for position in targets[end - size:end]]
