"""Converts a checkpoint of this project into files for the SPIdepth authors' code."""

import argparse
import os.path as osp

from mmengine.config import Config, DictAction

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.model_conversion import convert_to_reference
from spidepth_mm.utils.conversion import write_together


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint', help='checkpoint of this project')
    parser.add_argument('out_dir', help='folder for encoder.pth, depth.pth and pose.pth')
    parser.add_argument('--config', required=True, help='config of the model')
    parser.add_argument('--height', type=int, help='of the images, if no one else says it')
    parser.add_argument('--width', type=int, help='of the images, if no one else says it')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction,
        help='override config fields, e.g. --cfg-options model.backbone.arch=large')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        config = Config.fromfile(args.config)
        if args.cfg_options:
            config.merge_from_dict(args.cfg_options)
        files = convert_to_reference(args.checkpoint, config, args.height, args.width)
        write_together({osp.join(args.out_dir, f'{name}.pth'): content
                        for name, content in files.items()})
        for name, content in files.items():
            print(f'{osp.join(args.out_dir, name)}.pth: {len(content)} entries')


if __name__ == '__main__':
    main()
