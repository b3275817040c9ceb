"""Draw the learning rate or momentum that a config's schedules give, without training."""

import argparse
import logging
import os.path as osp
from typing import Dict, List, Optional, Tuple

from mmengine.registry import init_default_scope

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_args import add_cfg_options, overridden_config
from spidepth_mm.apis.curves import add_figure_arguments, figure, finish
from spidepth_mm.apis.schedules import iterations_per_epoch, schedule_curves


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file path')
    parser.add_argument(
        '-p', '--parameter', choices=['lr', 'momentum'], default='lr',
        help='what to draw: the learning rate, or the momentum (beta1 of Adam) (lr)')
    parser.add_argument(
        '-d', '--dataset-size', type=int,
        help='number of training samples, where epochs count; without it the dataset is read')
    parser.add_argument(
        '-n', '--ngpus', type=int, default=1, help='number of GPUs, where epochs count (1)')
    parser.add_argument('-s', '--save-path', help='write the figure to this file')
    parser.add_argument('--not-show', action='store_true', help='do not open a window')
    add_cfg_options(parser, 'train_cfg.max_iters=100')
    add_figure_arguments(parser)
    return parser.parse_args(argv)


def describe(curves: Dict[str, Tuple[float, float, float]]) -> str:
    return '\n'.join(f'{name}: {first:.3g} at first, {top:.3g} at most, {last:.3g} in the end'
                     for name, (first, top, last) in curves.items())


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    limit_noise()
    # mmengine tells the learning rate of every single weight.
    logging.disable(logging.INFO)
    with friendly_errors():
        cfg = overridden_config(args)
        init_default_scope(cfg.get('default_scope', 'spidepth_mm'))
        epoch = iterations_per_epoch(cfg, args.dataset_size, args.ngpus)
        curves = schedule_curves(cfg, args.parameter, epoch)
        with figure(args) as axes:
            for name, values in curves.items():
                axes.plot(range(1, len(values) + 1), values, label=name)
            axes.set_xlabel('iteration')
            axes.set_ylabel('learning rate' if args.parameter == 'lr' else 'momentum')
            print(describe({name: (v[0], max(v), v[-1]) for name, v in curves.items()}))
            finish(axes, args.title or osp.basename(args.config), args.save_path,
                   show=not args.not_show)


if __name__ == '__main__':
    main()
