import numpy as np
import pytest

from spidepth_mm.datasets.frame_offsets import normalize_frame_offsets, parse_frame_offsets


@pytest.mark.parametrize('given, expected', [
    ((-1, 1), (-1, 1)),
    ([0, -1, 1, 's'], (-1, 1, 's')),
    (['s', 0], ('s', )),
    ((), ()),
    (0, ()),
    ('s', ('s', )),
    ((np.int64(3), ), (3, )),
])
def test_keeps_sources_in_order_and_drops_the_target(given, expected):
    offsets = normalize_frame_offsets(given)
    assert offsets == expected
    assert all(type(offset) in (int, str) for offset in offsets)


@pytest.mark.parametrize('given', [('t', ), (1.5, ), (True, ), ('-1', ), (None, )])
def test_says_the_valid_offsets(given):
    with pytest.raises(ValueError, match='Valid offsets are integers'):
        normalize_frame_offsets(given)


def test_refuses_repetitions():
    with pytest.raises(ValueError, match='1 is given twice'):
        normalize_frame_offsets((-1, 1, 1))


def test_words_of_a_command_line():
    assert parse_frame_offsets(['-1', '0', '10', 's']) == (-1, 10, 's')
    for word in ('q', '--1', '', '1.5', '²'):
        with pytest.raises(ValueError, match='Unknown frame offset'):
            parse_frame_offsets([word])
