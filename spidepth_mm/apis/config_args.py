"""What every tool that runs a config asks on the command line."""

import argparse
import os
import os.path as osp

from mmengine.config import Config, DictAction

from .config_files import read_config


def add_config_arguments(parser: argparse.ArgumentParser, example: str) -> None:
    """Add ``--work-dir``, ``--cfg-options``, ``--launcher`` and ``--local-rank``.

    Args:
        parser (ArgumentParser): Which has ``config``.
        example (str): An override, for the help text.
    """
    parser.add_argument('--work-dir', help='folder for logs and results')
    add_cfg_options(parser, example)
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none',
        help='how the processes of a distributed job are started')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def add_cfg_options(parser: argparse.ArgumentParser, example: str) -> None:
    """Add ``--cfg-options``, which :func:`overridden_config` applies."""
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction,
        help=f'override config fields, e.g. --cfg-options {example}')


def overridden_config(args: argparse.Namespace) -> Config:
    """The config file ``args.config`` with the overrides of ``--cfg-options``."""
    cfg = read_config(args.config)
    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)
    return cfg


def config_from_args(args: argparse.Namespace) -> Config:
    """The config with its overrides, launcher and work dir.

    The work dir is the command line's, else the config's, else
    ``work_dirs/<name of the config file>``.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = overridden_config(args)
    cfg.launcher = args.launcher
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or osp.join(
        './work_dirs', osp.splitext(osp.basename(args.config))[0])
    return cfg
