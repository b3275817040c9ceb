"""Checks Make3D's test set: every picture and every laser grid is read."""

import argparse
import sys

from spidepth_mm.datasets.converters.commands import (
    EPILOG,
    add_job_options,
    run_command,
    summarize,
)
from spidepth_mm.datasets.converters.make3d_check import NUM_PICTURES, check_make3d


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EPILOG)
    parser.add_argument('data_root', help='folder that has Test134 and Gridlaserdata')
    add_job_options(parser)
    return parser.parse_args(argv)


def check(args) -> int:
    outcomes = check_make3d(args.data_root, args.workers, not args.quiet)
    code = summarize(f'pictures in {args.data_root}', outcomes)
    if len(outcomes) != NUM_PICTURES:
        print(f'The test set has {NUM_PICTURES} pictures, here are {len(outcomes)}: results are '
              'not comparable with published ones.')
    return code


def main(argv=None) -> int:
    args = parse_args(argv)
    return run_command(lambda: check(args))


if __name__ == '__main__':
    sys.exit(main())
