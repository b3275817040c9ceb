import pytest

from spidepth_mm.evaluation.markup_tables import escape_latex, latex_table, markdown_table


def test_markdown():
    assert markdown_table(['a', 'b'], [['x|y', '1'], ['z', '2']]).splitlines() == [
        '| a | b |', '| --- | ---: |', r'| x\|y | 1 |', '| z | 2 |']


def test_latex():
    lines = latex_table(['method', 'abs_rel'], [['a & b', '0.1']], '50 % of_it').splitlines()
    assert lines[0] == r'\begin{table}'
    assert r'\caption{50 \% of\_it}' in lines
    assert r'\begin{tabular}{lr}' in lines
    assert r'method & abs\_rel \\' in lines
    assert r'a \& b & 0.1 \\' in lines
    assert lines[-1] == r'\end{table}'


def test_escapes():
    assert escape_latex('\\{}$#~^<>') == (
        r'\textbackslash{}\{\}\$\#\textasciitilde{}\textasciicircum{}\textless{}\textgreater{}')


@pytest.mark.parametrize('make', [markdown_table, lambda h, r: latex_table(h, r, '')])
def test_ragged_rows(make):
    with pytest.raises(ValueError, match=r'Every row needs 2 cells, but got \[1\]'):
        make(['a', 'b'], [['x']])
