"""Per-image results as a CSV file: one row an image, in the order of the data set.

Columns: ``img_path, protocol, scaling, num_valid, scale``, then the errors
(and ``shift`` where the scaling has one). An excluded image has 0 valid
pixels and empty cells.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from spidepth_mm.utils.atomic_write import write_atomically

_HEAD = ('img_path', 'protocol', 'scaling', 'num_valid')


@dataclass(frozen=True)
class PerImageResults:
    """A CSV file as read.

    Attributes:
        path: the file.
        names: the images' paths, N of them, all different.
        protocol: the protocol's name.
        scaling: the scaling's name.
        values: (N,) float64 for each number column; NaN where excluded.
    """

    path: str
    names: Tuple[str, ...]
    protocol: str
    scaling: str
    values: Dict[str, np.ndarray]


def write_per_image_csv(path: Union[str, Path], names: Sequence[str],
                        results: Sequence[Mapping[str, float]], protocol: str,
                        scaling: str) -> None:
    """Write ``evaluate_depth``'s dicts; the file is complete or not there at all.

    Args:
        path: of the file; missing folders are made.
        names: the N images' paths.
        results: the N images' dicts, all with the same keys.
        protocol: the protocol's name.
        scaling: the scaling's name.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = [key for key in results[0] if key not in _HEAD]
    text = io.StringIO(newline='')
    writer = csv.writer(text)
    writer.writerow([*_HEAD, *numbers])
    for name, result in zip(names, results):
        cells = [_cell(result[key]) for key in numbers]
        writer.writerow([name, protocol, scaling, result['num_valid'], *cells])
    write_atomically(path, text.getvalue().encode())


def read_per_image_csv(path: Union[str, Path]) -> PerImageResults:
    """Read what ``write_per_image_csv`` wrote.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not such a file, is empty, mixes protocols or
            scalings, or names an image twice.
    """
    with open(path, newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        try:
            columns = reader.fieldnames or []
            rows = list(reader)
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f'{path} is no CSV file ({error}).') from None
    missing = [column for column in _HEAD if column not in columns]
    if missing or not rows:
        raise ValueError(f'{path} is not a per-image result file: '
                         f'{"no rows" if not missing else "no column " + ", ".join(missing)}. '
                         "Write one with DepthMetric's per_image_csv.")
    names = tuple(row['img_path'] for row in rows)
    if len(set(names)) < len(names):
        raise ValueError(f'{path} names {len(names) - len(set(names))} images twice.')
    numbers = [column for column in columns if column not in _HEAD[:3]]
    try:
        values = {key: np.array([_number(row[key]) for row in rows]) for key in numbers}
    except (TypeError, ValueError):
        raise ValueError(f'{path} has a row with a missing or non-numeric cell. '
                         'Was it cut off or edited?') from None
    return PerImageResults(
        str(path), names, _only(rows, 'protocol', path), _only(rows, 'scaling', path), values)


def _cell(value: float) -> str:
    # repr gives the shortest text that reads back as the very same number.
    return '' if np.isnan(value) else repr(float(value))


def _number(cell: Optional[str]) -> float:
    # The csv module gives None where a row is too short: a TypeError here.
    return float(cell) if cell != '' else float('nan')  # type: ignore[arg-type]


def _only(rows: List[dict], column: str, path: Union[str, Path]) -> str:
    values = sorted({row[column] for row in rows})
    if len(values) != 1:
        raise ValueError(f'{path} mixes results of more than one {column}: {", ".join(values)}.')
    return values[0]
