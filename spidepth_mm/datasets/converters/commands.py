"""What the converters' command lines share."""

from __future__ import annotations

import argparse
import errno
import sys
from typing import Callable, List, Sequence

from .jobs import FAILED, MISSING, Outcome, available_cores, count, list_troubles

#: Exit codes: all is well, something is missing or failed, the command could not run.
OK, INCOMPLETE, ERROR, STOPPED = 0, 1, 2, 130


def add_job_options(parser: argparse.ArgumentParser) -> None:
    """``--workers`` and ``--quiet``."""
    parser.add_argument('--workers', type=int, default=available_cores(),
                        help='number of processes (default: one per core, %(default)s here)')
    parser.add_argument('--quiet', action='store_true', help='no progress bar')


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """How a copy of images is written."""
    parser.add_argument('--format', choices=['jpg', 'png'], default='jpg',
                        help='jpg has its colours at half resolution, 4:2:0 (default: jpg)')
    parser.add_argument('--quality', type=int, default=92, help='of a jpg (default: 92)')
    parser.add_argument('--scale', type=int, nargs=2, metavar=('W', 'H'),
                        help='resize once to this size; calibration is rewritten to fit')


def summarize(title: str, outcomes: Sequence[Outcome]) -> int:
    """Prints what was done, skipped, missing and failed; gives the exit code."""
    print(f'{title}: {count(outcomes)}')
    print_lines(list_troubles(outcomes))
    statuses = {outcome.status for outcome in outcomes}
    return INCOMPLETE if statuses & {MISSING, FAILED} else OK


def print_lines(lines: List[str]) -> None:
    for line in lines:
        print(line)


def run_command(function: Callable[[], int]) -> int:
    """Runs a command; errors become one message on stderr and an exit code."""
    try:
        return function()
    except KeyboardInterrupt:
        print('\nStopped. The same command goes on where it was.', file=sys.stderr)
        return STOPPED
    except (OSError, ValueError) as error:
        print(f'\nerror: {error}', file=sys.stderr)
        if getattr(error, 'errno', None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            print('Finished files are kept and no half one is left. Make room and give the same '
                  'command again: it goes on where it was.', file=sys.stderr)
        return ERROR
