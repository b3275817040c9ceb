"""Compare two models image by image: is the second better, and how sure is that?

Takes two CSV files that DepthMetric wrote (per_image_csv='...') for the same
images under one protocol and scaling, and prints each error's mean
difference with its paired bootstrap confidence interval.
"""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

from spidepth_mm.evaluation.comparison import Comparison, compare_results
from spidepth_mm.evaluation.per_image_csv import read_per_image_csv
from spidepth_mm.evaluation.result_table import format_error, format_table


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('a', help='CSV file of the first model')
    parser.add_argument('b', help='CSV file of the second model')
    parser.add_argument('--level', type=float, default=0.95, help='of the intervals (0.95)')
    parser.add_argument('--resamples', type=int, default=2000, help='bootstrap draws (2000)')
    parser.add_argument('--seed', type=int, default=0, help='of the draws (0)')
    return parser.parse_args(argv)


def format_comparison(comparison: Comparison, level: float) -> str:
    rows = [[
        error.name,
        format_error(error.mean_a),
        format_error(error.mean_b), f'{error.difference:+.4f}', f'{error.low:+.4f}',
        f'{error.high:+.4f}', error.better or '-'
    ] for error in comparison.errors]
    return format_table(['', 'A', 'B', 'B - A', f'{level:.0%} from', 'to', 'better'], rows)


def main(argv: Optional[List[str]] = None) -> int:
    args = parse_args(argv)
    try:
        a, b = read_per_image_csv(args.a), read_per_image_csv(args.b)
        comparison = compare_results(a, b, args.level, args.resamples, args.seed)
    except (OSError, ValueError) as error:
        print(f'compare_results: {error}', file=sys.stderr)
        return 2
    print(f'A: {a.path}\nB: {b.path}')
    print(f'{comparison.num_images} images, protocol {a.protocol}, scaling {a.scaling}')
    print(format_comparison(comparison, args.level))
    print('-: the interval holds 0, so these images do not tell the two apart')
    return 0


if __name__ == '__main__':
    sys.exit(main())
