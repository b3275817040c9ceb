"""Measure depth maps that another program has saved, under a config's protocol.

The .npy file holds one map an image, (N, h, w), in the order of the config's test list.
"""

from __future__ import annotations

import argparse
import json

from mmengine.config import DictAction

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_files import read_config


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file path')
    parser.add_argument('predictions', help='.npy file')
    parser.add_argument(
        '--quantity', choices=['depth', 'disparity'], default='depth',
        help='what the maps hold; disparity, inverse depth, is resized as such (depth)')
    parser.add_argument('--out', help='write the metrics to this .json file')
    parser.add_argument('--quiet', action='store_true', help='no progress bar')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='override config fields')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        from spidepth_mm.apis.predictions import evaluate_predictions
        from spidepth_mm.utils.atomic_write import write_atomically
        cfg = read_config(args.config)
        if args.cfg_options is not None:
            cfg.merge_from_dict(args.cfg_options)
        metrics = evaluate_predictions(cfg, args.predictions, args.quantity, not args.quiet)
        if args.out:
            result = dict(metrics=metrics, predictions=args.predictions)
            write_atomically(args.out, json.dumps(result, indent=2).encode())


if __name__ == '__main__':
    main()
