"""Lay out all results of a folder as tables, one for each protocol and scaling.

Reads the JSON files that tools/test.py and eval_predictions.py wrote (--out) in RESULTS_DIR and
below it. Each row has its protocol, image count and scaling. Models whose training list leaks
test images or drives have tables of their own, and so have results on a part of a protocol's
images or on ground truth of another kind.
"""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

from spidepth_mm.evaluation.markup_tables import latex_table, markdown_table
from spidepth_mm.evaluation.protocols import PROTOCOLS
from spidepth_mm.evaluation.result_files import (
    ResultTable,
    make_result_tables,
    published_measurements,
    read_result_folder,
)
from spidepth_mm.utils.atomic_write import write_atomically


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('results_dir', metavar='RESULTS_DIR', help='folder with result files')
    parser.add_argument('--format', choices=['markdown', 'latex'], default='markdown')
    parser.add_argument('--out', help='write to this file instead of the screen')
    parser.add_argument(
        '--paper', action='store_true',
        help='add the published rows of each protocol and scaling')
    return parser.parse_args(argv)


def title_of(table: ResultTable) -> str:
    title = (PROTOCOLS[table.protocol].describe(table.scaling) if table.protocol in PROTOCOLS
             else f'{table.protocol}, scaling {table.scaling}')
    title += '; trained on lists that LEAK test images or drives' * table.leaking
    return title + '; NOT COMPARABLE with published numbers' * (not table.comparable)


def to_markdown(table: ResultTable) -> str:
    parts = [f'**{title_of(table)}**', markdown_table(table.header, table.rows)]
    return '\n\n'.join(parts + ['<br>\n'.join(table.notes)] * bool(table.notes))


def to_latex(table: ResultTable) -> str:
    caption = '. '.join([title_of(table), *table.notes]) + '.'
    return latex_table(table.header, table.rows, caption)


def main(argv: Optional[List[str]] = None) -> int:
    args = parse_args(argv)
    try:
        rows = read_result_folder(args.results_dir)
        if args.paper:
            for protocol, scaling in sorted({(row.protocol, row.scaling) for row in rows}):
                rows += published_measurements(protocol, scaling)
        tables = make_result_tables(rows)
        write = to_latex if args.format == 'latex' else to_markdown
        text = '\n\n'.join(write(table) for table in tables) + '\n'
        if args.out:
            write_atomically(args.out, text.encode())
            print(f'{len(tables)} tables: {args.out}')
        else:
            print(text, end='')
    except (OSError, ValueError) as error:
        print(f'make_tables: {error}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
