"""Count the parameters of configs' models, as a Markdown table.

  python tools/analysis_tools/count_parameters.py configs/spidepth/kitti.py

No weights are made, so the largest model takes a second and no memory.
"""

from __future__ import annotations

import argparse
import os.path as osp
from typing import List

COLUMNS = ('backbone', 'neck', 'head', 'depth', 'pose')


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help='config file paths')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from spidepth_mm.apis.cli import friendly_errors, limit_noise
    limit_noise()
    with friendly_errors():
        from spidepth_mm.evaluation.markup_tables import markdown_table
        print(markdown_table(
            ['config', 'encoder', 'decoder', 'head', 'depth net', 'in its files', 'pose net',
             'in its file'], [row(config) for config in args.configs]))


def row(config: str) -> List[str]:
    """A config's cells; '-' for parts that it has not."""
    from spidepth_mm.apis.config_files import read_config
    from spidepth_mm.apis.parameter_count import build_without_weights, count_parameters
    counts = count_parameters(build_without_weights(read_config(config)))
    cells = [osp.splitext(osp.basename(config))[0]]
    for name in COLUMNS:
        count = counts.get(name)
        cells.append(f'{count.learned:,}' if count else '-')
        if name in ('depth', 'pose'):
            cells.append(f'{count.stored:,}' if count else '-')
    return cells


if __name__ == '__main__':
    main()
