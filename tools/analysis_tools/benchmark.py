"""Measure this project against the plain procedure, side by side in one run.

  python tools/analysis_tools/benchmark.py evaluation --json evaluation.json
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import os.path as osp
import sys

# The baselines are no part of the installed package.
sys.path.insert(0, osp.dirname(osp.dirname(osp.dirname(osp.abspath(__file__)))))

STAGES = {
    'evaluation': 'depth errors of sparse ground truth, and its export from laser scans',
}


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stages = parser.add_subparsers(dest='stage', metavar='STAGE', required=True)
    for name, title in STAGES.items():
        stage = stages.add_parser(name, help=title, description=f'Measure {title}.')
        stage.add_argument('--images', type=int, default=16, help='how many are drawn (16)')
        stage.add_argument('--repeats', type=int, default=9, help='how many times it runs (9)')
        stage.add_argument(
            '--clock', choices=['wall', 'cpu'], default='wall',
            help='cpu, processor time, where other programs keep the machine busy (wall)')
        stage.add_argument('--json', metavar='PATH', help='write the numbers to this file')
        stage.add_argument(
            '--markdown', metavar='PATH', help='append the table with date and machine')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from spidepth_mm.apis.cli import friendly_errors
    with friendly_errors():
        from benchmarks import timing
        timing.use_one_thread()
        cases = importlib.import_module(f'benchmarks.{args.stage.replace("-", "_")}').cases
        rows = [timing.measure(case, args.repeats, clock=args.clock)
                for case in cases(args.images)]
        text = report(args, timing.machine(), timing.markdown_table(rows))
        print(text)
        if args.json:
            _write(args.json, json.dumps(rows, indent=2) + '\n', 'w')
        if args.markdown:
            _write(args.markdown, f'\n{text}\n', 'a')


def report(args: argparse.Namespace, machine, table: str) -> str:
    """A section of a Markdown page: title with the date, machine, table."""
    lines = [f'## {args.stage}, {datetime.date.today().isoformat()}', '']
    lines += [f'- {name}: {value}' for name, value in machine]
    lines += [f'- {args.images} images, {args.repeats} repeats, {args.clock} time per image, '
              'medians', '', table]
    return '\n'.join(lines)


def _write(path: str, text: str, mode: str) -> None:
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    with open(path, mode, encoding='utf-8') as file:
        file.write(text)


if __name__ == '__main__':
    main()
