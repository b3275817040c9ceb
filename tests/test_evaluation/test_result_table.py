import pytest

from spidepth_mm.evaluation.result_table import format_error, format_table


def test_columns_line_up():
    text = format_table(['', 'abs_rel', 'a1'], [['prediction', '0.05', '0.9'], ['x', '12.34', '1']])
    assert text.splitlines() == [
        '            abs_rel   a1',
        'prediction     0.05  0.9',
        'x             12.34    1',
    ]


def test_rows_must_fit():
    with pytest.raises(ValueError, match='2 cells'):
        format_table(['a', 'b'], [['1']])


@pytest.mark.parametrize('value, text', [(0.04561, '0.0456'), (4.5678, '4.568'), (12.345, '12.35'),
                                         (-0.5, '-0.5000'), (1., '1.000')])
def test_numbers(value, text):
    assert format_error(value) == text
