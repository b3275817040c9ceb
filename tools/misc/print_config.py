"""Print a config with everything that it inherits and all overrides."""

import argparse
from typing import List, Optional

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_args import add_cfg_options, overridden_config


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file path')
    add_cfg_options(parser, 'train_cfg.max_iters=100')
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        cfg = overridden_config(args)
        print(f'Config (path: {args.config}):\n{cfg.pretty_text}')


if __name__ == '__main__':
    main()
