"""Measure this project against the plain procedure, side by side in one run.

  python tools/analysis_tools/benchmark.py loss --json loss.json
  python tools/analysis_tools/benchmark.py all --quick --markdown docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import multiprocessing
import os
import os.path as osp
import sys
from concurrent.futures import ProcessPoolExecutor

# The baselines are no part of the installed package.
sys.path.insert(0, osp.dirname(osp.dirname(osp.dirname(osp.abspath(__file__)))))

STAGES = {
    'data': "a worker's way from three image files to a training sample",
    'loss': 'photometric and smoothness loss, forward and backward',
    'head': 'the Self Query Layer, training and inference',
    'inference': 'a whole depth network on one image',
    'train-step': 'one update of the small model',
    'evaluation': 'depth errors of sparse ground truth, and its export from laser scans',
    'scaling': "how our training step's cost grows; compares with nothing",
}
# How many images are drawn, where that can be chosen, and how many with --quick.
IMAGES = {'data': (8, 4), 'evaluation': (16, 4)}
REPEATS, QUICK_REPEATS = 9, 5


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stages = parser.add_subparsers(dest='stage', metavar='STAGE', required=True)
    for name, title in {**STAGES, 'all': 'all of these'}.items():
        stage = stages.add_parser(name, help=title, description=f'Measure {title}.')
        if name in IMAGES:
            stage.add_argument(
                '--images', type=int, help=f'how many are drawn ({IMAGES[name][0]})')
        stage.add_argument('--repeats', type=int, help=f'how many times it runs ({REPEATS})')
        stage.add_argument('--quick', action='store_true', help='fewer repeats and images')
        stage.add_argument(
            '--clock', choices=['wall', 'cpu'], default='wall',
            help='cpu, processor time, where other programs keep the machine busy (wall)')
        stage.add_argument('--json', metavar='PATH', help='write the numbers to this file')
        stage.add_argument(
            '--markdown', metavar='PATH', help='append the tables with date and machine')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from spidepth_mm.apis.cli import friendly_errors, limit_noise
    limit_noise()
    with friendly_errors():
        from benchmarks import timing
        found = []
        for stage in STAGES if args.stage == 'all' else [args.stage]:
            measure = measure_alone if args.stage == 'all' else measure_stage
            rows, table, detail = measure(stage, args)
            text = report(stage, timing.machine(), detail, table)
            print(f'{text}\n' if args.stage == 'all' else text, flush=True)
            found += rows
            # Stage by stage, so that what is measured is kept whatever happens to the rest.
            if args.json:
                _write(args.json, json.dumps(found, indent=2) + '\n', 'w')
            if args.markdown:
                _write(args.markdown, f'\n{text}\n', 'a')


def measure_alone(stage: str, args: argparse.Namespace) -> tuple:
    """``measure_stage`` in a new process: what a stage leaves in memory slows the next one."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('spawn')) as pool:
        return pool.submit(measure_stage, stage, args).result()


def measure_stage(stage: str, args: argparse.Namespace) -> tuple:
    """Rows, their table in Markdown, and a line on what was repeated how often."""
    from benchmarks import scaling, timing
    timing.use_one_thread()
    repeats = args.repeats
    if repeats is None:
        repeats = QUICK_REPEATS if args.quick else REPEATS
    if stage == 'scaling' and args.repeats is None:
        repeats = 3  # of many settings, and nothing is divided by anything
    detail = f'{repeats} repeats, {args.clock} time, medians'
    if stage == 'scaling':
        rows = scaling.measure(repeats, args.clock)
        return rows, scaling.markdown_table(rows), detail
    drawn = ()
    if stage in IMAGES:
        images = getattr(args, 'images', None)
        drawn = (IMAGES[stage][args.quick] if images is None else images, )
        detail = f'{drawn[0]} images, {repeats} repeats, {args.clock} time per image, medians'
    cases = importlib.import_module(f'benchmarks.{stage.replace("-", "_")}').cases
    rows = [timing.measure(case, repeats, clock=args.clock) for case in cases(*drawn)]
    return rows, timing.markdown_table(rows), detail


def report(stage: str, machine, detail: str, table: str) -> str:
    """A section of a Markdown page: title with the date, machine, table."""
    lines = [f'## {stage}, {datetime.date.today().isoformat()}', '']
    lines += [f'- {name}: {value}' for name, value in machine]
    lines += [f'- {detail}', '', table]
    return '\n'.join(lines)


def _write(path: str, text: str, mode: str) -> None:
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    with open(path, mode, encoding='utf-8') as file:
        file.write(text)


if __name__ == '__main__':
    main()
