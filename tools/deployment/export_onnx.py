"""Write a model for other runtimes.

  python tools/deployment/export_onnx.py CONFIG CHECKPOINT model.onnx

The file takes RGB images and gives depth at their size; the normalisation is inside, the batch
size is free, the image size is not. It is compared with PyTorch before it is kept.
"""

import argparse
import os.path as osp
import sys

import torch
from mmengine.config import DictAction

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.export import Export, export_model
from spidepth_mm.apis.export_formats import FORMATS, OPSETS, as_numpy
from spidepth_mm.apis.export_model import INPUT_TYPES, example_images, prepare_export
from spidepth_mm.apis.init_model import init_model


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file path')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='file to write, e.g. model.onnx')
    parser.add_argument('--shape', type=int, nargs=2, metavar=('H', 'W'),
                        help="of the images (default: the config's)")
    parser.add_argument('--format', choices=list(FORMATS), default='onnx',
                        help='kind of file (default: onnx)')
    parser.add_argument('--input', choices=list(INPUT_TYPES), default='float32',
                        help='float32 images in [0, 1], or uint8 in 0..255 (default: float32)')
    parser.add_argument('--opset', type=int, default=OPSETS[-1],
                        help=f'of ONNX, {OPSETS[0]} to {OPSETS[-1]} (default: %(default)s)')
    parser.add_argument('--simplify', action=argparse.BooleanOptionalAction, default=True,
                        help='let onnxslim simplify the ONNX graph')
    parser.add_argument('--verify', action=argparse.BooleanOptionalAction, default=True,
                        help='compare the file with PyTorch, and fail beyond the tolerance')
    parser.add_argument('--tolerance', type=float, default=1e-4,
                        help='largest difference to PyTorch, relative to the largest depth '
                        '(default: %(default)s)')
    parser.add_argument('--timing', type=int, nargs='?', const=15, default=0, metavar='REPEATS',
                        help='time both side by side on one image (default: 15 repeats)')
    parser.add_argument('--clock', choices=['wall', 'cpu'], default='wall',
                        help='cpu, processor time, where other programs keep the machine busy')
    parser.add_argument('--threads', type=int, help='processor threads of both, for --timing')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction,
                        help='override config fields')
    return parser.parse_args(argv)


def describe(done: Export) -> str:
    """What the file is, for people."""
    height, width = done.size
    lines = [f'{done.path}: images {height}x{width} (height x width), '
             f'{osp.getsize(done.path) / 2**20:.1f} MiB', *done.notes]
    if osp.isfile(f'{done.path}.data'):
        lines.append(f'weights in {done.path}.data; keep both files together')
    lines.append(', '.join(f'{name} {done.metadata[name]}' for name in (
        'scale_type', 'input_range', 'min_depth', 'max_depth') if name in done.metadata))
    if done.difference is None:
        lines.append('not compared with PyTorch')
    else:
        lines.append(f'max abs diff to PyTorch: {done.difference:.3g} (largest depth '
                     f'{done.largest:.3g}, batches of 1, 2 and 3)')
    return '\n'.join(lines)


def time_both(args: argparse.Namespace, done: Export) -> str:
    """A table of PyTorch's and the file's times, measured in turns."""
    # The measuring is no part of the installed package.
    sys.path.insert(0, osp.dirname(osp.dirname(osp.dirname(osp.abspath(__file__)))))
    from benchmarks import timing
    model = init_model(args.config, args.checkpoint, cfg_options=args.cfg_options)
    module, _ = prepare_export(model, done.size, args.input)
    images = example_images(1, done.size, args.input).numpy()
    eager, exported = as_numpy(module), FORMATS[args.format][1](args.out)
    row = timing.measure(timing.Case(
        args.format, lambda: exported(images), lambda: eager(images),
        lambda ours, theirs: abs(ours - theirs).max(), items=1), args.timing,
        clock=args.clock)
    lines = [f'{name}: {value}' for name, value in timing.machine()]
    lines.append(
        f'PyTorch {row["baseline_ms"]:.1f} ms, {args.format} {row["ours_ms"]:.1f} ms of '
        f'{args.clock} time an image (medians of {args.timing}); PyTorch takes '
        f'{row["ratio"]:.2f} times as long (spread {row["spread"]:.0%})')
    return '\n'.join(lines)


def main(argv=None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        if args.threads:
            torch.set_num_threads(args.threads)
        done = export_model(
            args.config, args.checkpoint, args.out, args.shape, args.format, args.input,
            args.opset, args.simplify, args.verify, args.tolerance, args.cfg_options)
        print(describe(done))
        if args.timing:
            print(time_both(args, done))


if __name__ == '__main__':
    main()
