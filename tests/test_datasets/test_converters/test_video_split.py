"""Validation frames are no neighbours of training frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spidepth_mm.datasets.converters.video_split import split_targets


def test_one_recording():
    split = split_targets([0] * 50, val_share=0.1, gap=5)
    assert split.val == [44, 45, 46, 47, 48]
    # Training samples show up to frame 37, validation samples from 43: 38 to 42 are in neither.
    assert split.train == list(range(1, 37))


def test_long_recordings_have_several_blocks():
    split = split_targets([0] * 2002, val_share=0.1, gap=5)
    assert len(split.val) == 200
    starts = [p for p in split.val if p - 1 not in split.val]
    assert len(starts) == 5


def test_without_validation():
    split = split_targets([0] * 3 + [1] * 4, val_share=0)
    assert split.train == [1, 4, 5] and split.val == []


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.floats(0, 0.5), st.integers(0, 12))
def test_nothing_is_shared(lengths, share, gap):
    segments = [number for number, length in enumerate(lengths) for _ in range(length)]
    try:
        split = split_targets(segments, share, gap)
    except ValueError as error:
        assert 'none is left to train on' in str(error)
        return
    shown = [{p + offset for p in targets for offset in (-1, 0, 1)} for targets in split]
    if split.val:
        assert min(abs(a - b) for a in shown[0] for b in shown[1]) > gap
    for position in split.train + split.val:
        assert segments[position - 1] == segments[position] == segments[position + 1]


@pytest.mark.parametrize('arguments, message', [
    (([0] * 5, 0.6), r'--val-share must lie in \[0, 0.5\]'),
    (([0] * 5, 0.1, -1), '--gap must be at least 0'),
    (([0, 0, 1, 1], ), '4 frames were kept, 0 of them with a kept frame before and after'),
])
def test_impossible_splits(arguments, message):
    with pytest.raises(ValueError, match=message):
        split_targets(*arguments)
