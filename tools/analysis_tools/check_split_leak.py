"""Does a training list leak the test images? Exit code 1 if so, 0 if not, 2 on bad input.

TRAIN and TEST are names of built-in lists (eigen_zhou_train, eigen_test, odometry_train ...) or
files with one "drive frame side" a line, as Monodepth2 and its successors use them.
"""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

from spidepth_mm.datasets.frame_offsets import parse_frame_offsets
from spidepth_mm.datasets.split_leaks import find_split_leaks, read_split

_SHOWN_DRIVES = 10


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('train', metavar='TRAIN', help='list that a model is trained on')
    parser.add_argument('test', metavar='TEST', help='list that it is measured on')
    parser.add_argument(
        '--frame-offsets', nargs='+', default=['-1', '1', 's'],
        metavar='OFFSET', help='sources of a training target, "s" for the stereo partner '
        '(-1 1 s); give it after TRAIN and TEST')
    parser.add_argument(
        '--allow-shared-drives', action='store_true',
        help='call it a leak only if a test image itself is seen; other frames of its drive, '
        'which show the same street, are counted but allowed')
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    args = parse_args(argv)
    try:
        train, test = read_split(args.train), read_split(args.test)
        leaks = find_split_leaks(train, test, parse_frame_offsets(args.frame_offsets))
    except (OSError, ValueError) as error:
        print(f'check_split_leak: {error}', file=sys.stderr)
        return 2
    print(f'train: {args.train}, {leaks.num_train} images, frame offsets '
          f'{" ".join(args.frame_offsets)}')
    print(f'test:  {args.test}, {leaks.num_test} images\n\n{leaks.describe()}\n')
    for drive in leaks.shared_drives[:_SHOWN_DRIVES]:
        print(f'  shared: {drive}')
    if len(leaks.shared_drives) > _SHOWN_DRIVES:
        print(f'  and {len(leaks.shared_drives) - _SHOWN_DRIVES} more')
    if leaks.is_leak(args.allow_shared_drives):
        print(f'LEAK: {leaks.summary()}.')
        return 1
    print(f'clean: {leaks.summary()}.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
