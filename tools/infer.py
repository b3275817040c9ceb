"""Depth of images, folders, patterns, videos or webcams.

  python tools/infer.py street.png drive/*.jpg --model work_dirs/kitti/iter_600.pth
  python tools/infer.py drive.mp4 --model configs/spidepth/kitti.py --weights kitti.pth --save-png
  python tools/infer.py 0 --weights kitti.pth --show

A bad input is skipped and listed at the end. Exit code: 0 if every input gave a result, 1 if one
did not (the results of the others are written).
"""

from __future__ import annotations

import argparse
import os.path as osp
import sys

from spidepth_mm.apis.cli import friendly_errors, limit_noise


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'inputs', nargs='*',
        help='images, videos, folders, patterns (quoted), or the number of a webcam')
    parser.add_argument(
        '--model', help='config file, name from --list-models, or a checkpoint with its config')
    parser.add_argument(
        '--weights', help='checkpoint file; without --model its own config is used')
    parser.add_argument('--out-dir', default='outputs', help='folder for the results (outputs)')
    parser.add_argument('--batch-size', type=int, default=1, help='images at once (1)')
    parser.add_argument('--device', help='e.g. cpu or cuda:0; by default a GPU if there is one')
    parser.add_argument('--show', action='store_true', help='show pictures; q or Escape stops')
    parser.add_argument(
        '--wait-time', type=float, default=0., help='seconds a picture is shown (0: until a key)')
    parser.add_argument('--no-save-vis', action='store_true', help='write no pictures or videos')
    parser.add_argument(
        '--save-png', action='store_true', help='16-bit depth maps, value / 256 is the depth')
    parser.add_argument('--save-npy', action='store_true', help='float32 depth maps')
    parser.add_argument('--save-ply', action='store_true', help='coloured point clouds')
    parser.add_argument(
        '--intrinsics', metavar='FILE',
        help='camera for --save-ply: a 3x3 matrix in pixels, .txt, .json or .yaml')
    parser.add_argument(
        '--fov-deg', type=float, help='camera for --save-ply: horizontal field of view')
    parser.add_argument('--max-images', type=int, help='stop after so many (webcams)')
    parser.add_argument('--quiet', action='store_true', help='no progress bar')
    parser.add_argument('--list-models', action='store_true', help='list names for --model')
    args = parser.parse_args(argv)
    if not args.list_models:
        if not args.inputs:
            parser.error('no inputs')
        if not args.model and not args.weights:
            parser.error('give --model, --weights or both')
    for name in ('batch_size', 'max_images'):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            parser.error(f'--{name.replace("_", "-")} must be positive')
    return args


def main(argv=None) -> int:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        from spidepth_mm.apis import DepthInferencer
        from spidepth_mm.apis.inference_run import run_inference
        from spidepth_mm.apis.prediction_writer import PredictionWriter
        from spidepth_mm.datasets.camera_check import read_intrinsics
        if args.list_models:
            print('\n'.join(DepthInferencer.list_models()))
            return 0
        cam2img = read_intrinsics(args.intrinsics) if args.intrinsics else None
        writer = PredictionWriter(
            args.out_dir, save_vis=not args.no_save_vis, save_png=args.save_png,
            save_npy=args.save_npy, save_ply=args.save_ply, cam2img=cam2img, fov_deg=args.fov_deg)
        inferencer = DepthInferencer(args.model, args.weights, args.device)
        # A number is a webcam, unless there is a file of that name.
        inputs = [int(name) if name.isdecimal() and not osp.exists(name) else name
                  for name in args.inputs]
        summary = run_inference(
            inferencer, inputs, writer, args.batch_size, args.show, args.wait_time,
            args.max_images, progress=not args.quiet)
        print(f'\n{summary.describe()}\nResults are in {args.out_dir}.')
        return int(bool(summary.failures))


if __name__ == '__main__':
    sys.exit(main())
