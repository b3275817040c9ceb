"""Make a checkpoint ready to be published: weights and what describes them, named by content.

Optimiser, schedules, log history and random states are left out. The file's name gets the first
eight digits of its SHA-256: OUT.pth becomes OUT-12ab34cd.pth.
"""

import argparse
import hashlib
import io
import os
import os.path as osp
from typing import List, Optional, Sequence

import torch

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.utils.atomic_write import write_atomically
from spidepth_mm.utils.checkpoint import CheckpointError, read_checkpoint

KEYS = ('meta', 'state_dict')
_DIGITS = 8


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('in_file', metavar='IN', help='checkpoint of a training run')
    parser.add_argument('out_file', metavar='OUT', help='file to write, e.g. spidepth_kitti.pth')
    parser.add_argument(
        '--save-keys', nargs='+', default=list(KEYS), metavar='KEY',
        help=f'what to keep of the checkpoint ({" ".join(KEYS)})')
    return parser.parse_args(argv)


def publish(in_file: str, out_file: str, save_keys: Sequence[str] = KEYS) -> str:
    """Write the kept part of a checkpoint.

    Args:
        in_file (str): Read with ``weights_only=True``.
        out_file (str): The digits of its content are put before its suffix.
        save_keys (Sequence[str]): Top-level keys to keep.

    Returns:
        str: Path of the written file.

    Raises:
        CheckpointError: If the checkpoint is absent, damaged, unsafe or lacks a key.
        OSError: If the file cannot be written.
    """
    checkpoint = read_checkpoint(in_file)
    missing = [key for key in save_keys if key not in checkpoint]
    if missing:
        raise CheckpointError(f'{in_file} has no {", ".join(missing)}; it has '
                              f'{", ".join(map(str, checkpoint))}.')
    buffer = io.BytesIO()
    torch.save({key: checkpoint[key] for key in save_keys}, buffer)
    content = buffer.getvalue()
    stem, suffix = osp.splitext(out_file)
    path = f'{stem}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}{suffix or ".pth"}'
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    write_atomically(path, content)
    return path


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        path = publish(args.in_file, args.out_file, args.save_keys)
        sizes = [osp.getsize(name) / 1e6 for name in (args.in_file, path)]
        print(f'{path}: {sizes[1]:.1f} MB of {sizes[0]:.1f} MB')


if __name__ == '__main__':
    main()
