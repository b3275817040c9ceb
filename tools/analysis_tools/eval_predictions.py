"""Measure depth maps that another program has saved, under a config's protocol.

The .npy file holds one map an image, (N, h, w), in the order of the config's test list.
"""

from __future__ import annotations

import argparse

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_args import add_cfg_options, overridden_config
from spidepth_mm.apis.predictions import QUANTITIES, evaluate_predictions
from spidepth_mm.apis.results import compare_all, describe_predictions
from spidepth_mm.apis.testing import write_result


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file path')
    parser.add_argument('predictions', help='.npy file; its name stands in the tables')
    parser.add_argument(
        '--quantity', choices=QUANTITIES, default='depth',
        help='what the maps hold; disparity, inverse depth, is resized as such (depth)')
    parser.add_argument(
        '--out', help='write the metrics to this .json file, as tools/test.py does')
    parser.add_argument(
        '--compare-paper', action='store_true',
        help='print the published rows of the same protocol and scaling beside the result')
    parser.add_argument('--quiet', action='store_true', help='no progress bar')
    add_cfg_options(parser, 'test_evaluator.scaling=none')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        cfg = overridden_config(args)
        metrics, depth_kinds = evaluate_predictions(
            cfg, args.predictions, args.quantity, not args.quiet)
        model = describe_predictions(args.predictions, args.quantity)
        if args.compare_paper:
            print('\n' + compare_all(metrics, cfg, depth_kinds, model))
        if args.out:
            write_result(args.out, metrics, cfg, depth_kinds, model)


if __name__ == '__main__':
    main()
