"""Measure a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

import argparse

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_args import add_config_arguments, config_from_args
from spidepth_mm.apis.distributed import process_group
from spidepth_mm.apis.results import LEAKS_KEY, compare_all, leak_note, other_depth_kinds
from spidepth_mm.apis.testing import prepare_test_config, write_result
from spidepth_mm.apis.without_data import missing_data_hint


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Test a depth estimator.')
    parser.add_argument('config', help='config file path')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='write the metrics to this .json file')
    parser.add_argument('--show-dir', help='write a picture of every result to this folder')
    parser.add_argument(
        '--compare-paper', action='store_true',
        help='print the published rows of the same protocol and scaling beside the result')
    parser.add_argument(
        '--tta', action='store_true', help='average with the prediction of the mirrored image')
    add_config_arguments(parser, 'test_evaluator.scaling=none')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    limit_noise()
    with friendly_errors(lambda error: missing_data_hint(error, args.config)):
        cfg = config_from_args(args)
        with process_group(cfg):
            run_test(cfg, args)


def run_test(cfg: Config, args: argparse.Namespace) -> None:
    prepare_test_config(cfg, args.checkpoint, show_dir=args.show_dir, tta=args.tta)
    runner = Runner.from_cfg(cfg)
    metrics = runner.test()
    if not is_main_process():  # the results are the same in all processes
        return
    if leak_note(cfg.get(LEAKS_KEY, [])):
        runner.logger.warning(leak_note(cfg[LEAKS_KEY]))
    depth_kinds = other_depth_kinds(runner.test_evaluator)
    if args.compare_paper:
        runner.logger.info('\n' + compare_all(metrics, cfg, depth_kinds))
    if args.out:
        write_result(args.out, metrics, cfg, depth_kinds)


if __name__ == '__main__':
    main()
