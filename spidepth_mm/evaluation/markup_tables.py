"""Tables as Markdown and LaTeX."""

from __future__ import annotations

from typing import Sequence

from .result_table import check_cells

_LATEX = {'\\': r'\textbackslash{}', '&': r'\&', '%': r'\%', '$': r'\$', '#': r'\#', '_': r'\_',
          '{': r'\{', '}': r'\}', '~': r'\textasciitilde{}', '^': r'\textasciicircum{}',
          '<': r'\textless{}', '>': r'\textgreater{}'}


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A GitHub-flavoured table: the first column to the left, the others to the right."""
    check_cells(header, rows)
    lines = [list(header), ['---', *['---:'] * (len(header) - 1)], *map(list, rows)]
    return '\n'.join('| ' + ' | '.join(cell.replace('|', r'\|') for cell in line) + ' |'
                     for line in lines)


def latex_table(header: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """A ``table`` with a ``tabular``; needs no package."""
    check_cells(header, rows)
    body = [latex_row(row) for row in rows]
    return '\n'.join([
        r'\begin{table}', r'\centering', rf'\caption{{{escape_latex(caption)}}}',
        rf'\begin{{tabular}}{{l{"r" * (len(header) - 1)}}}', r'\hline', latex_row(header),
        r'\hline', *body, r'\hline', r'\end{tabular}', r'\end{table}'
    ])


def latex_row(cells: Sequence[str]) -> str:
    return ' & '.join(map(escape_latex, cells)) + r' \\'


def escape_latex(text: str) -> str:
    """``text`` with LaTeX's special characters escaped."""
    return ''.join(_LATEX.get(character, character) for character in text)
