"""Result files (``--out``), read again and laid out as tables."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from .depth_errors import ERROR_NAMES
from .paper_tables import PATH as PAPER_TABLES
from .paper_tables import load_paper_tables
from .result_table import format_error

#: Columns of every table beside the errors.
HEADER = ('method', 'train', 'size', 'protocol', 'images', 'scaling')


@dataclass(frozen=True)
class Measurement:
    """One row: a model under one protocol and scaling.

    Attributes:
        path: the result file.
        name: of the model's config.
        train: M, S, MS or D; '' if unknown.
        size: height x width; '' if unknown.
        protocol: name of the protocol.
        protocol_images: how many images it has, ``None`` if open.
        scaling: name of the scaling.
        num_images: how many were evaluated.
        errors: by name.
        flip_tta: whether flip post-processing was used.
        leaking: whether training saw test images or drives.
        depth_kind: what the ground truth measured where that is not the
            protocol's; else ''.
        published: where a published number stands; '' for a measured one.
    """

    path: str
    name: str
    train: str
    size: str
    protocol: str
    protocol_images: Optional[int]
    scaling: str
    num_images: Optional[int]
    errors: Mapping[str, Optional[float]]
    flip_tta: bool = False
    leaking: bool = False
    published: str = ''
    depth_kind: str = ''

    @property
    def is_whole(self) -> bool:
        """Whether all of the protocol's images were evaluated."""
        return (bool(self.published) or self.protocol_images is None
                or self.num_images == self.protocol_images)

    @property
    def is_comparable(self) -> bool:
        """Whether it was measured as the protocol says, and so may stand beside others."""
        return self.is_whole and not self.depth_kind

    def marks(self) -> str:
        """Footnote marks behind the name; see :data:`MARKS`."""
        return '+' * self.flip_tta + '*' * (not self.is_whole) + '!' * bool(self.depth_kind)


MARKS = {
    '+': 'with flip post-processing',
    '*': 'not all images of the protocol: not comparable with published numbers',
    '!': 'ground truth of another kind: not comparable with published numbers',
}


@dataclass(frozen=True)
class ResultTable:
    """Rows of one protocol and scaling, of clean or of leaking training lists, as text.

    Rows that are not comparable with published ones have tables of their own.
    """

    protocol: str
    scaling: str
    leaking: bool
    comparable: bool
    header: Tuple[str, ...]
    rows: Tuple[Tuple[str, ...], ...]
    notes: Tuple[str, ...]


def read_result_file(path: str) -> List[Measurement]:
    """A result file's measurements; empty where it is another JSON file.

    Raises:
        ValueError: If it is a damaged result file, or no JSON at all.
    """
    with open(path, encoding='utf-8') as file:
        try:
            content = json.load(file)
        except ValueError as error:
            if getattr(error, 'msg', '') == 'Extra data':
                return []  # a log of training: one object a line
            raise ValueError(f'{path} is cut off, or no JSON ({error}). If it was a result, write '
                             'it again, else move it elsewhere.') from None
    if not isinstance(content, dict) or 'measurements' not in content:
        return []
    try:
        return [_measurement(path, content, entry) for entry in content['measurements']]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f'{path} is a damaged result file ({type(error).__name__}: {error}). '
                         'Write it again with tools/test.py --out.') from None


def read_result_folder(folder: str) -> List[Measurement]:
    """All measurements below a folder, in the order of the files' paths.

    Raises:
        ValueError: If there is no such folder, no result file in it, or one
            is damaged.
    """
    if not os.path.isdir(folder):
        raise ValueError(f'No such folder: {folder!r}.')
    found = [entry for path in _json_files(folder) for entry in read_result_file(path)]
    if not found:
        raise ValueError(f'No result file in {folder!r}: tools/test.py --out FILE.json writes '
                         'them.')
    return found


def published_measurements(protocol: str, scaling: str) -> List[Measurement]:
    """The paper's rows of a protocol and scaling as measurements."""
    return [
        Measurement(
            PAPER_TABLES, row.method, row.train, row.size, protocol, None, scaling, None,
            row.numbers, row.post_process, row.leaking_list, f'published, table {table.number}')
        for table, row in load_paper_tables().comparable(protocol, scaling)]


def make_result_tables(measurements: Sequence[Measurement]) -> List[ResultTable]:
    """One table for each protocol and scaling; rows from the worst abs_rel to the best.

    Models whose training list leaks test images or drives have tables of
    their own, and so have measurements on a part of the images or on ground
    truth of another kind.
    """
    groups: Dict[Tuple[str, str, bool, bool], List[Measurement]] = {}
    for entry in measurements:
        key = (entry.protocol, entry.scaling, entry.leaking, not entry.is_comparable)
        groups.setdefault(key, []).append(entry)
    return [_table(groups[key]) for key in sorted(groups)]


def _table(group: Sequence[Measurement]) -> ResultTable:
    """Of entries that share what a table is made for."""
    first = group[0]
    columns = [key for key in ERROR_NAMES
               if any(entry.errors.get(key) is not None for entry in group)]
    ordered = sorted(group, key=lambda entry: (-(entry.errors.get('abs_rel') or 0), entry.name))
    rows = [(
        ' '.join(filter(None, [entry.name, entry.marks()])), entry.train or '-',
        entry.size or '-', entry.protocol, _images(entry), entry.scaling,
        *(_cell(entry.errors.get(key), entry.published) for key in columns))
        for entry in ordered]
    used = ''.join(entry.marks() for entry in group)
    notes = tuple(f'{mark} {text}' for mark, text in MARKS.items() if mark in used)
    return ResultTable(first.protocol, first.scaling, first.leaking, first.is_comparable,
                       (*HEADER, *columns), tuple(rows), notes)


def _images(entry: Measurement) -> str:
    if entry.published:
        return entry.published
    return str(entry.num_images) if entry.is_whole else \
        f'{entry.num_images} of {entry.protocol_images}'


def _cell(value: Optional[float], published: str) -> str:
    if value is None:
        return '-'
    # Published numbers have three decimals; more would be made up.
    return f'{value:.3f}' if published else format_error(value)


def _measurement(path: str, content: dict, entry: dict) -> Measurement:
    model = content['model']
    errors = {key: entry['errors'].get(key) for key in ERROR_NAMES}
    return Measurement(
        path, model['name'], model['train'], model['size'], entry['protocol'],
        entry['protocol_images'], entry['scaling'], entry['num_images'], errors,
        bool(content['flip_tta']), bool(content['split_leaks']),
        depth_kind=entry.get('depth_kind') or '')


def _json_files(folder: str) -> Iterator[str]:
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.endswith('.json'):
                yield os.path.join(path, name)
