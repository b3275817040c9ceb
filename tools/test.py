"""Measure a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

import argparse
import os
import os.path as osp

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.results import LEAKS_KEY, compare_all, leak_note, other_depth_kinds
from spidepth_mm.apis.testing import prepare_test_config, write_result
from spidepth_mm.apis.without_data import missing_data_hint


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Test a depth estimator.')
    parser.add_argument('config', help='config file path')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--work-dir', help='folder for logs and results')
    parser.add_argument('--out', help='write the metrics to this .json file')
    parser.add_argument('--show-dir', help='write a picture of every result to this folder')
    parser.add_argument(
        '--compare-paper', action='store_true',
        help='print the published rows of the same protocol and scaling beside the result')
    parser.add_argument(
        '--tta', action='store_true', help='average with the prediction of the mirrored image')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction,
        help='override config fields, e.g. --cfg-options test_evaluator.scaling=none')
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none',
        help='how the processes of a distributed job are started')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def main() -> None:
    args = parse_args()
    limit_noise()
    with friendly_errors(lambda error: missing_data_hint(error, args.config)):
        cfg = Config.fromfile(args.config)
        cfg.launcher = args.launcher
        if args.cfg_options is not None:
            cfg.merge_from_dict(args.cfg_options)
        cfg.work_dir = args.work_dir or cfg.get('work_dir') or osp.join(
            './work_dirs', osp.splitext(osp.basename(args.config))[0])
        prepare_test_config(cfg, args.checkpoint, show_dir=args.show_dir, tta=args.tta)
        runner = Runner.from_cfg(cfg)
        metrics = runner.test()
        if leak_note(cfg.get(LEAKS_KEY, [])):
            runner.logger.warning(leak_note(cfg[LEAKS_KEY]))
        if args.compare_paper:
            runner.logger.info('\n' + compare_all(metrics, cfg))
        if args.out:
            write_result(args.out, metrics, cfg, other_depth_kinds(runner.test_evaluator))


if __name__ == '__main__':
    main()
