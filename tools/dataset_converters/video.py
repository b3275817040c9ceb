"""Prepares a recording of your own: frames, camera, training and validation lists, a report."""

import argparse
import sys

from spidepth_mm.datasets.converters.commands import OK, add_image_options, print_lines, run_command
from spidepth_mm.datasets.converters.video import VideoOptions, convert_video
from spidepth_mm.datasets.converters.video_camera import calibrate, make_camera
from spidepth_mm.datasets.converters.video_filter import FilterSettings
from spidepth_mm.datasets.converters.video_report import summary
from spidepth_mm.datasets.converters.video_source import open_recording


def parse_args(argv=None) -> argparse.Namespace:
    defaults, thresholds = VideoOptions(), FilterSettings()
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='Exit codes: 0 all is well, 2 the command could not run. An '
        'interrupted command leaves the images that are there when it is given again.')
    parser.add_argument('recording', help='a video, or a folder of images in order')
    parser.add_argument('out', help='folder of the result, new or one to complete')
    camera = parser.add_mutually_exclusive_group(required=True)
    camera.add_argument('--intrinsics', type=float, nargs=4, metavar=('FX', 'FY', 'CX', 'CY'),
                        help='in pixels of the recording')
    camera.add_argument('--fov', type=float, metavar='DEG', help='horizontal field of view, for a '
                        'camera without distortion')
    camera.add_argument('--chessboard', metavar='FOLDER', help='pictures or a video of a '
                        'chessboard by the same camera; takes the lens distortion out')
    parser.add_argument('--board-size', type=_board_size, metavar='CxR',
                        help='inner corners of the chessboard, e.g. 9x6')
    parser.add_argument('--fps', type=float, help='take about so many frames a second of a video')
    parser.add_argument('--every', type=int, default=1, help='take one of so many frames')
    parser.add_argument('--min-motion', type=float, default=thresholds.min_motion,
                        help='drop frames whose points have moved by less than this share of the '
                        'width since the last kept one (default: %(default)s)')
    parser.add_argument('--blur-threshold', type=float, default=thresholds.blur_threshold,
                        help="drop frames with less than this share of their neighbours' "
                        'sharpness; 0 keeps all (default: %(default)s)')
    parser.add_argument('--min-overlap', type=float, default=thresholds.min_overlap,
                        help='begin a new piece where a smaller share of the points can be '
                        'followed (default: %(default)s)')
    parser.add_argument('--val-share', type=float, default=defaults.val_share,
                        help='share of the targets for validation (default: %(default)s)')
    parser.add_argument('--gap', type=int, default=defaults.gap,
                        help='frames between training and validation that are in neither '
                        '(default: %(default)s)')
    parser.add_argument('--crop-bottom', type=float, default=0., metavar='SHARE',
                        help='share of the rows to remove, such as a bonnet')
    add_image_options(parser)
    parser.add_argument('--quiet', action='store_true', help='no progress bar')
    args = parser.parse_args(argv)
    if (args.chessboard is None) != (args.board_size is None):
        parser.error('--chessboard and --board-size belong together')
    return args


def _board_size(text: str):
    columns, separator, rows = text.lower().partition('x')
    if not (separator and columns.isdigit() and rows.isdigit()):
        raise argparse.ArgumentTypeError(f'expected COLUMNSxROWS such as 9x6, but got {text!r}')
    return int(columns), int(rows)


def convert(args) -> int:
    recording = open_recording(args.recording)
    calibration = calibrate(args.chessboard, args.board_size) if args.chessboard else None
    camera = make_camera(recording.size, args.intrinsics, args.fov, calibration,
                         tuple(args.scale) if args.scale else None, args.crop_bottom)
    options = VideoOptions(
        args.every, args.fps,
        FilterSettings(args.min_motion, args.blur_threshold, args.min_overlap),
        args.val_share, args.gap, args.format, args.quality)
    findings = convert_video(recording, args.out, camera, options, not args.quiet)
    print_lines(['', *summary(findings), f'Look at {args.out}/report/index.html, then train:',
                 '  python tools/train.py configs/spidepth/custom_video.py --cfg-options '
                 f'train_dataloader.dataset.data_root={args.out}'])
    return OK


def main(argv=None) -> int:
    args = parse_args(argv)
    return run_command(lambda: convert(args))


if __name__ == '__main__':
    sys.exit(main())
