"""'5-10, 17' for a list of frame numbers."""

from __future__ import annotations

from typing import Iterable, List


def format_ranges(numbers: Iterable[int]) -> str:
    """Sorted, repetitions dropped, neighbours joined."""
    ranges: List[List[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ', '.join(str(first) if first == last else f'{first}-{last}' for first, last in ranges)
