"""Prepares Cityscapes: checks it, copies its videos cropped and resized."""

import argparse
import sys

from spidepth_mm.datasets.cityscapes_files import SPLITS
from spidepth_mm.datasets.converters.cityscapes_tools import (
    check_cityscapes,
    convert_cityscapes_videos,
)
from spidepth_mm.datasets.converters.commands import (
    EPILOG,
    INCOMPLETE,
    OK,
    add_image_options,
    add_job_options,
    print_lines,
    run_command,
    summarize,
)


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EPILOG)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    check = commands.add_parser('check', help='count what is there of each split')
    check.add_argument('data_root', help='folder that has leftImg8bit_sequence and camera')
    check.add_argument('--split', nargs='+', choices=SPLITS, default=['test'],
                       help='splits to look at (default: test)')
    images = commands.add_parser('images', help='copy the videos cropped and resized, with '
                                 'camera files that fit, to train on')
    images.add_argument('data_root', help='folder that has leftImg8bit_sequence and camera')
    images.add_argument('out', help='folder of the copy, new or one to complete')
    images.add_argument('--split', nargs='+', choices=SPLITS, default=['train'],
                        help='splits to copy (default: train)')
    images.add_argument('--crop-bottom', type=float, default=0.25,
                        help='share of the rows to remove (default: 0.25, the car)')
    images.add_argument('--right', action='store_true', help='copy the right camera too')
    add_image_options(images)
    add_job_options(images)
    return parser.parse_args(argv)


def check(args) -> int:
    code = OK
    for split in args.split:
        report = check_cityscapes(args.data_root, split)
        print_lines(report.lines())
        usable = report.triplets > 0 if split == 'train' else report.is_testable
        code = code if usable else INCOMPLETE
    return code


def images(args) -> int:
    outcomes = convert_cityscapes_videos(
        args.data_root, args.out, args.split, tuple(args.scale) if args.scale else None,
        args.crop_bottom, args.format, args.quality, args.right, args.workers, not args.quiet)
    code = summarize(f'images in {args.out}', outcomes)
    print('Train on it (data_root) without CropFrames; test on the original images.')
    return code


def main(argv=None) -> int:
    args = parse_args(argv)
    commands = dict(check=check, images=images)
    return run_command(lambda: commands[args.command](args))


if __name__ == '__main__':
    sys.exit(main())
