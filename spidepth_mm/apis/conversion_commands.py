"""The commands that convert checkpoints from and to another implementation's files."""

from __future__ import annotations

import argparse
import os.path as osp
from typing import Optional, Sequence

from mmengine.config import Config, DictAction

from spidepth_mm.utils.conversion import FileFormat, write_together

from .cli import friendly_errors, limit_noise
from .config_files import read_config
from .model_conversion import convert_reference, convert_to_reference


def convert_from(form: FileFormat, description: str, source_help: str,
                 argv: Optional[Sequence[str]] = None) -> None:
    """``SOURCE OUT --config CONFIG``: published files into one checkpoint of this project."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('source', help=source_help)
    parser.add_argument('out', help='checkpoint to write')
    parser.add_argument('--no-pose', action='store_true', help='leave the pose net out')
    _add_config(parser)
    args = parser.parse_args(argv)
    limit_noise()
    with friendly_errors():
        checkpoint, notes = convert_reference(
            args.source, _read_config(args), not args.no_pose, form)
        write_together({args.out: checkpoint})
        for note in notes:
            print(f'note: {note}')
        print(f'{args.out}: {len(checkpoint["state_dict"])} weights and buffers, all that the '
              'files have.')


def convert_to(form: FileFormat, description: str, argv: Optional[Sequence[str]] = None) -> None:
    """``CHECKPOINT OUT_DIR --config CONFIG``: the way back."""
    *first, last = (f'{name}.pth' for name in form.files)
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('checkpoint', help='checkpoint of this project')
    parser.add_argument('out_dir', help=f'folder for {", ".join(first)} and {last}')
    parser.add_argument('--height', type=int, help='of the images, if no one else says it')
    parser.add_argument('--width', type=int, help='of the images, if no one else says it')
    _add_config(parser)
    args = parser.parse_args(argv)
    limit_noise()
    with friendly_errors():
        files = convert_to_reference(
            args.checkpoint, _read_config(args), args.height, args.width, form)
        write_together({osp.join(args.out_dir, f'{name}.pth'): content
                        for name, content in files.items()})
        for name, content in files.items():
            print(f'{osp.join(args.out_dir, name)}.pth: {len(content)} entries')


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--config', required=True, help='config of the model')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction,
        help='override config fields, e.g. --cfg-options model.backbone.arch=large')


def _read_config(args: argparse.Namespace) -> Config:
    config = read_config(args.config)
    if args.cfg_options:
        config.merge_from_dict(args.cfg_options)
    return config
