"""Published numbers, as data: tables 1-5 of the SPIdepth paper as far as sources confirm them.

``paper_tables.json`` names the source of each row, says what is missing and
leaves out what no source confirmed. A row may only stand beside results of
its own protocol and scaling.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from .depth_errors import ERROR_NAMES
from .protocols import get_protocol, name_depth_kinds
from .result_table import format_table
from .scaling import SCALINGS

PATH = os.path.join(os.path.dirname(__file__), 'paper_tables.json')
UNKNOWN = 'unknown'


@dataclass(frozen=True)
class PaperRow:
    """A method's published numbers.

    Attributes:
        method: its name.
        train: ``M``, ``S``, ``MS``, with ``D`` for ground truth; '' if unknown.
        size: height x width of the input; '' if unknown.
        numbers: errors by their names in ``ERROR_NAMES``; some may be absent.
        scaling: a name from ``SCALINGS``, or ``'unknown'``.
        source: keys of :attr:`PaperTables.sources`.
        post_process: whether predictions were averaged with the mirror image's.
        test_frames: images that a prediction is made of.
        leaking_list: whether the method's released training list shares
            drives or images with the test list.
        caveat: what is uncertain about it, in few words; '' for nothing.
    """

    method: str
    train: str
    size: str
    numbers: Mapping[str, float]
    scaling: str
    source: Tuple[str, ...]
    post_process: bool = False
    test_frames: int = 1
    leaking_list: bool = False
    caveat: str = ''

    def notes(self) -> str:
        """What distinguishes the row, in few words."""
        notes = ['flip post-processing'] * self.post_process
        notes += [f'{self.test_frames} test frames'] * (self.test_frames > 1)
        notes += ['leaking train list'] * self.leaking_list
        notes += [self.caveat] * bool(self.caveat)
        return ', '.join(notes)


@dataclass(frozen=True)
class PaperTable:
    """One table; ``protocol`` is None where it is none of ``PROTOCOLS``."""

    number: int
    title: str
    protocol: Optional[str]
    columns: Tuple[str, ...]
    rows: Tuple[PaperRow, ...]
    missing: str
    protocol_note: str = ''


@dataclass(frozen=True)
class PaperTables:
    """The data file.

    Attributes:
        paper: which paper.
        note: how to read it.
        sources: title and url by key.
        tables: in their order.
    """

    paper: str
    note: str
    sources: Mapping[str, Mapping[str, str]]
    tables: Tuple[PaperTable, ...]

    def table(self, number: int) -> PaperTable:
        """Table ``number``; ``ValueError`` if there is none."""
        for table in self.tables:
            if table.number == number:
                return table
        numbers = ', '.join(str(table.number) for table in self.tables)
        raise ValueError(f'No table {number}. Tables are: {numbers}.')

    def comparable(self, protocol: str, scaling: str) -> List[Tuple[PaperTable, PaperRow]]:
        """Rows that were measured under this protocol and scaling."""
        return [(table, row) for table in self.tables for row in table.rows
                if table.protocol == protocol and row.scaling == scaling]


@lru_cache(maxsize=1)
def load_paper_tables() -> PaperTables:
    """Read the package's data file.

    Raises:
        ValueError: If it names an unknown protocol, scaling, error or source.
    """
    with open(PATH, encoding='utf-8') as file:
        return parse_paper_tables(json.load(file))


def parse_paper_tables(content: dict) -> PaperTables:
    """Check and build; see :func:`load_paper_tables`."""
    tables = tuple(_table(entry, content['sources']) for entry in content['tables'])
    return PaperTables(content['paper'], content['note'], content['sources'], tables)


def compare_with_paper(protocol: str, scaling: str, name: str, measured: Mapping[str, float],
                       leaking: bool = False, depth_kind: str = '') -> str:
    """The measured row beside the published rows of its protocol and scaling.

    Published rows whose training list shares drives with the test list stand
    apart, with the measured one if its own training list does.

    Args:
        protocol: of the measurement, a name from ``PROTOCOLS`` or one's own.
        scaling: of the measurement.
        name: of the measured row.
        measured: errors by name, and ``num_images``.
        leaking: whether the measured model saw test drives in training.
        depth_kind: what the ground truth measured, where that was not the
            protocol's; else ''.

    Returns:
        str: a table, or one sentence that says why there is none.
    """
    found = load_paper_tables().comparable(protocol, scaling)
    if not found:
        return _why_no_row(protocol, scaling)
    why_not = _why_incomparable(protocol, measured.get('num_images'), depth_kind)
    if why_not:
        return f'Not put beside published numbers: {why_not}.'
    present = {key for _, row in found for key in row.numbers}
    columns = [key for key in ERROR_NAMES if key in present]
    own = [f'> {name}', '', '', *(_cell(measured.get(key)) for key in columns), 'measured here']
    groups = [('Published numbers', False), ('Published, trained on a list that shares drives '
                                             'with the test list', True)]
    lines = [f'{load_paper_tables().paper}: rows of protocol {protocol}, scaling {scaling}']
    for title, leaks in groups:
        rows = [_cells(table, row, columns) for table, row in found if row.leaking_list == leaks]
        rows += [own] if leaks == leaking else []
        if rows:
            header = ['method', 'train', 'size', *columns, 'note']
            lines += [f'{title}:', format_table(header, rows)]
    notes = {table.number: table.protocol_note for table, _ in found if table.protocol_note}
    return '\n'.join(lines + [f'Table {number}: {note}' for number, note in notes.items()])


def _why_no_row(protocol: str, scaling: str) -> str:
    """The sentence for a protocol and scaling without published rows."""
    others = sorted({row.scaling for table in load_paper_tables().tables
                     for row in table.rows if table.protocol == protocol} - {UNKNOWN})
    hint = f' Its rows of this protocol have scaling {", ".join(others)}.' if others else ''
    return f"The paper's tables have no row of protocol {protocol} with scaling {scaling}.{hint}"


def _why_incomparable(protocol: str, num_images: Optional[float], depth_kind: str) -> str:
    """Why a measurement is not one of its protocol; '' if it is."""
    described = get_protocol(protocol)
    if depth_kind:
        return (f'this ground truth measures {name_depth_kinds(depth_kind)!r}, that of protocol '
                f'{protocol} {described.depth_convention!r}')
    if described.num_images is not None and num_images != described.num_images:
        return (f'{num_images} images were evaluated, protocol {protocol} has '
                f'{described.num_images}')
    return ''


def _cells(table: PaperTable, row: PaperRow, columns: Sequence[str]) -> List[str]:
    notes = ', '.join(filter(None, [f'table {table.number}', row.notes()]))
    return [row.method, row.train or '-', row.size or '-',
            *(_cell(row.numbers.get(key)) for key in columns), notes]


def _cell(value: Optional[float]) -> str:
    return '-' if value is None else f'{value:.3f}'


def _table(entry: dict, sources: Mapping[str, Mapping[str, str]]) -> PaperTable:
    where = f'Table {entry["number"]}'
    if entry['protocol'] is not None:
        get_protocol(entry['protocol'])
    _check(where, 'column', entry['columns'], ERROR_NAMES)
    return PaperTable(
        number=entry['number'], title=entry['title'], protocol=entry['protocol'],
        columns=tuple(entry['columns']), missing=entry['missing'],
        protocol_note=entry.get('protocol_note', ''),
        rows=tuple(_row(f'{where}, {row["method"]}', row, entry, sources)
                   for row in entry['rows']))


def _row(where: str, row: dict, table: dict,
         sources: Mapping[str, Mapping[str, str]]) -> PaperRow:
    scaling = row.get('scaling', table['scaling'])
    _check(where, 'scaling', [scaling], (*SCALINGS, UNKNOWN))
    _check(where, 'number', row['numbers'], table['columns'])
    _check(where, 'source', row['source'], sources)
    numbers: Dict[str, float] = {key: float(value) for key, value in row['numbers'].items()}
    return PaperRow(
        row['method'], row['train'] or '', row['size'] or '', numbers, scaling,
        tuple(row['source']), bool(row.get('post_process', False)),
        int(row.get('test_frames', 1)), bool(row.get('leaking_list', False)),
        str(row.get('caveat', '')))


def _check(where: str, what: str, got: Iterable[str], valid: Iterable[str]) -> None:
    unknown = [name for name in got if name not in valid]
    if unknown:
        raise ValueError(f'{where}: unknown {what} {unknown[0]!r}. Valid are: '
                         f'{", ".join(valid)}.')
