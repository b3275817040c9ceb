"""Prepares KITTI raw: checks it, copies its images, exports ground truth."""

import argparse
import os
import sys

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
from spidepth_mm.datasets.converters.depth_export import SOURCES, export_depth, verify_export
from spidepth_mm.datasets.converters.kitti_check import check_kitti
from spidepth_mm.datasets.converters.kitti_images import convert_kitti_images
from spidepth_mm.datasets.exported_depth import CODINGS, read_manifest
from spidepth_mm.datasets.frame_offsets import parse_frame_offsets
from spidepth_mm.datasets.splits import list_splits, load_split, parse_split_file
from spidepth_mm.datasets.velodyne import DEPTH_KINDS
from spidepth_mm.utils.atomic_write import write_atomically

_HOW_TO_LIST = 'The command `check` lists all that is missing by drive, with what to unpack.'
_SPLIT_OF_SOURCE = dict(velodyne='eigen_test', annotated='eigen_benchmark_test')


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EPILOG)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    _add_check(commands)
    _add_images(commands)
    _add_depth(commands)
    verify = commands.add_parser('verify', help='compare an export with its checksums')
    verify.add_argument('out', help='folder of the export')
    add_job_options(verify)
    return parser.parse_args(argv)


def _add_check(commands) -> None:
    check = commands.add_parser('check', help='list the drives and frames of a split that are '
                                'not on the disk')
    _add_list_options(check)
    check.add_argument('--frame-offsets', nargs='*', default=[], metavar='OFFSET',
                       help='sources of each image, e.g. -1 1 s (default: none)')
    check.add_argument('--ground-truth', choices=SOURCES, help='look for this ground truth too')
    check.add_argument('--depth-root', help='the annotated depth archive (has train/ and val/)')
    check.add_argument('--out', help='write the list to this file too')


def _add_images(commands) -> None:
    images = commands.add_parser('images', help='copy the images as jpg, or resized once, with '
                                 'calibration that fits')
    _add_list_options(images, required=False)
    images.add_argument('out', help='folder of the copy, new or one to complete')
    images.add_argument('--frame-offsets', nargs='*', default=['-1', '1', 's'], metavar='OFFSET',
                        help='with a list: copy these sources too (default: -1 1 s)')
    add_image_options(images)
    add_job_options(images)


def _add_depth(commands) -> None:
    depth = commands.add_parser('depth', help='export ground truth, one file an image, with a '
                                'manifest and checksums')
    _add_list_options(depth, required=False)
    depth.add_argument('out', help='folder of the export, new or one to complete')
    depth.add_argument('--source', choices=SOURCES, default='velodyne',
                       help='laser scans (eigen_test, 697 images) or the annotated depth archive '
                       '(eigen_benchmark_test, 652) (default: velodyne)')
    depth.add_argument('--depth-kind', choices=DEPTH_KINDS, default='velodyne_x',
                       help='what a projected scan holds: the distance ahead of the scanner, '
                       'which the Eigen protocol evaluates on, or depth proper (default: '
                       'velodyne_x)')
    depth.add_argument('--format', choices=CODINGS, default='npz',
                       help='npz is exact, png has 16 bits, 1/256 m (default: npz)')
    depth.add_argument('--depth-root', help='the annotated depth archive (has train/ and val/), '
                       'where it is not unpacked among the drives')
    depth.add_argument('--allow-missing', action='store_true',
                       help='finish although some images have no ground truth')
    add_job_options(depth)


def _add_list_options(parser, required: bool = True) -> None:
    parser.add_argument('data_root', help='folder that has the days (2011_09_26)')
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument('--split', choices=list_splits('eigen'), help='a built-in list')
    group.add_argument('--ann-file', help='a list of "drive frame side" lines instead')


def _entries(args):
    """The list and its name."""
    if args.ann_file:
        return parse_split_file(args.ann_file), os.path.basename(args.ann_file)
    return load_split(args.split, prefix='eigen'), args.split


def check(args) -> int:
    _require_days(args.data_root)
    entries, name = _entries(args)
    report = check_kitti(args.data_root, entries, parse_frame_offsets(args.frame_offsets),
                         args.ground_truth, args.depth_root)
    lines = [f'{name} in {args.data_root}', *report.lines()]
    print_lines(lines)
    if args.out:
        os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
        write_atomically(args.out, ('\n'.join(lines) + '\n').encode())
    return OK if report.is_complete else INCOMPLETE


def images(args) -> int:
    _require_days(args.data_root)
    entries = _entries(args)[0] if args.split or args.ann_file else None
    outcomes = convert_kitti_images(
        args.data_root, args.out, entries, parse_frame_offsets(args.frame_offsets), args.format,
        args.quality, tuple(args.scale) if args.scale else None, args.workers, not args.quiet)
    code = summarize(f'images in {args.out}', outcomes, _HOW_TO_LIST)
    if args.scale:
        print('Train on it (data_root); test on the original images, or with ground truth exported '
              'from them.')
    else:
        print('The scans are links to the original: to test on the copy, set '
              "links_outside='folders' in the dataset.")
    return code


def depth(args) -> int:
    _require_days(args.data_root)
    if not args.ann_file and not args.split:
        args.split = _SPLIT_OF_SOURCE[args.source]
    entries, name = _entries(args)
    outcomes = export_depth(
        args.data_root, args.out, entries, name, args.source, args.depth_kind, args.format,
        args.depth_root, args.allow_missing, args.workers, not args.quiet)
    code = summarize(f'depth maps of {name} in {args.out}', outcomes, _HOW_TO_LIST)
    manifest = read_manifest(args.out)
    print(f'{len(manifest["files"])} files from {manifest["source"]}, depth is '
          f'{manifest["depth_kind"]}, {manifest["coding"]}'
          + ('' if manifest['complete'] else '; the export is not finished'))
    return OK if manifest['complete'] else code


def verify(args) -> int:
    manifest = read_manifest(args.out)
    code = summarize(f'{args.out}, {manifest["list"]}', verify_export(
        args.out, args.workers, not args.quiet))
    if not manifest['complete']:
        print('The export is not finished.')
        return INCOMPLETE
    return code


def _require_days(data_root: str) -> None:
    if not os.path.isdir(data_root):
        raise FileNotFoundError(f'No such folder: {data_root!r} (looked for '
                                f'{os.path.abspath(data_root)}).')
    if any(name.startswith('2011_') and 'drive' not in name for name in os.listdir(data_root)):
        return
    folder = os.path.abspath(data_root)
    candidates = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    candidates += [os.path.dirname(folder), os.path.dirname(os.path.dirname(folder))]
    for candidate in candidates:
        if os.path.isdir(os.path.join(candidate, '2011_09_26')):
            raise FileNotFoundError(f'{data_root!r} has no day such as 2011_09_26 in it. The days '
                                    f'lie in {candidate!r}: give that.')
    raise FileNotFoundError(f'{data_root!r} has no day such as 2011_09_26 in it: give the folder '
                            'that the archives of KITTI raw were unpacked into.')


def main(argv=None) -> int:
    args = parse_args(argv)
    commands = dict(check=check, images=images, depth=depth, verify=verify)
    return run_command(lambda: commands[args.command](args))


if __name__ == '__main__':
    sys.exit(main())
