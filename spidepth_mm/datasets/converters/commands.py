"""What the converters' command lines share."""

from __future__ import annotations

import argparse
import errno
import signal
import sys
import threading
from contextlib import contextmanager
from typing import Callable, Iterator, List, Sequence

from .jobs import FAILED, MISSING, Outcome, available_cores, count, list_troubles

#: Exit codes: all is well, something is missing or failed, the command could not run.
OK, INCOMPLETE, ERROR, STOPPED = 0, 1, 2, 130
EPILOG = ('Exit codes: 0 all is well, 1 something is missing or could not be read, 2 the command '
          'could not run. An interrupted command goes on when it is given again.')


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


def summarize(title: str, outcomes: Sequence[Outcome], if_missing: str = '') -> int:
    """Prints what was done, skipped, missing and failed; gives the exit code."""
    print(f'{title}: {count(outcomes)}')
    print_lines(list_troubles(outcomes))
    statuses = {outcome.status for outcome in outcomes}
    if MISSING in statuses and if_missing:
        print(if_missing)
    return INCOMPLETE if statuses & {MISSING, FAILED} else OK


def print_lines(lines: List[str]) -> None:
    for line in lines:
        print(line)


@contextmanager
def stoppable() -> Iterator[None]:
    """To be terminated, by a batch system for example, is to be stopped: nothing half is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_command(function: Callable[[], int]) -> int:
    """Runs a command; errors become one message on stderr and an exit code."""
    try:
        with stoppable():
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
