"""Renders the synthetic driving world in KITTI raw's layout."""

import argparse
import sys
import time
from pathlib import Path

from spidepth_mm.datasets.synthetic import WorldParameters, ensure_world


def parse_args(argv=None) -> argparse.Namespace:
    defaults = WorldParameters()
    parser = argparse.ArgumentParser(
        description='Renders the synthetic driving world: stereo pictures, scans, dense depth, '
        'calibration and splits in the layout of KITTI raw. A folder that already holds the '
        'same world is left as it is; an interrupted one is completed.',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument('out_dir', help='folder of the world, new or empty')
    parser.add_argument('--seed', type=int, default=defaults.seed, help='another seed, another '
                        'world; the same seed gives the same bytes')
    parser.add_argument('--size', type=int, nargs=2, metavar=('W', 'H'),
                        default=list(defaults.size), help='size of the pictures')
    parser.add_argument('--drives', type=int, default=defaults.train_drives,
                        help='number of training drives')
    parser.add_argument('--val-drives', type=int, default=defaults.val_drives,
                        help='number of validation drives')
    parser.add_argument('--test-drives', type=int, default=defaults.test_drives,
                        help='number of test drives')
    parser.add_argument('--frames', type=int, default=defaults.frames,
                        help='stereo pairs per drive')
    parser.add_argument('--workers', type=int, default=None,
                        help='processes; one per core if not given')
    parser.add_argument('--quiet', action='store_true', help='no progress bar')
    return parser.parse_args(argv)


def main(argv=None) -> int:
    args = parse_args(argv)
    start = time.perf_counter()
    try:
        root = ensure_world(args.out_dir, args.seed, args.size, args.drives, args.val_drives,
                            args.test_drives, args.frames, args.workers, not args.quiet)
    except (ValueError, OSError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    print(f'World in {root}, {time.perf_counter() - start:.1f} s')
    print(f'  drives  {args.drives} train, {args.val_drives} val, {args.test_drives} test')
    print(f'  frames  {args.frames} stereo pairs a drive, {args.size[0]}x{args.size[1]}')
    for split in ('train', 'val', 'test'):
        path = Path(root) / 'splits' / f'{split}.txt'
        print(f'  {path}: {len(path.read_text().split()) // 3} targets')
    return 0


if __name__ == '__main__':
    sys.exit(main())
