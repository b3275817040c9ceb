"""Plain-text tables with aligned columns, for logs and terminals."""

from __future__ import annotations

from typing import Sequence


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out cells: the first column to the left, numbers to the right.

    Args:
        header: one name a column.
        rows: as many cells each; more or fewer raise ``ValueError``.
    """
    check_cells(header, rows)
    cells = [list(header), *map(list, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append('  '.join([first, *rest]).rstrip())
    return '\n'.join(lines)


def check_cells(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Raises ``ValueError`` unless each row has a cell for each name of the header."""
    wrong = sorted({len(row) for row in rows} - {len(header)})
    if wrong:
        raise ValueError(f'Every row needs {len(header)} cells, but got {wrong}.')


def format_error(value: float) -> str:
    """Four significant places, as depth papers print them: 0.0456, 4.567, 12.35."""
    if abs(value) < 1:
        return f'{value:.4f}'
    return f'{value:.3f}' if abs(value) < 10 else f'{value:.2f}'
