"""Train a model: ``python tools/train.py CONFIG``."""

import argparse
import os
import os.path as osp

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.training import prepare_training_config
from spidepth_mm.apis.without_data import missing_data_hint


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Train a depth estimator.')
    parser.add_argument('config', help='config file path')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints')
    parser.add_argument(
        '--resume', nargs='?', const='auto',
        help='continue from this checkpoint, or from the latest one in the work dir')
    parser.add_argument('--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument(
        '--auto-scale-lr', action='store_true',
        help="scale the learning rate by the real batch size over the config's base batch size")
    parser.add_argument('--no-validate', action='store_true', help='train without validation')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction,
        help='override config fields, e.g. --cfg-options train_dataloader.batch_size=2')
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
        # Precedence: command line, config, file name.
        cfg.work_dir = args.work_dir or cfg.get('work_dir') or osp.join(
            './work_dirs', osp.splitext(osp.basename(args.config))[0])
        prepare_training_config(
            cfg, amp=args.amp, auto_scale_lr=args.auto_scale_lr, resume=args.resume,
            validate=not args.no_validate)
        Runner.from_cfg(cfg).train()


if __name__ == '__main__':
    main()
