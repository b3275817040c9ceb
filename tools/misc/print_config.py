"""Print a config with everything that it inherits and all overrides."""

import argparse
from typing import List, Optional

from mmengine.config import DictAction

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_files import read_config


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file path')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction,
        help='override config fields, e.g. --cfg-options train_cfg.max_iters=100')
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        cfg = read_config(args.config)
        if args.cfg_options is not None:
            cfg.merge_from_dict(args.cfg_options)
        print(f'Config (path: {args.config}):\n{cfg.pretty_text}')


if __name__ == '__main__':
    main()
