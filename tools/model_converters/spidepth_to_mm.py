"""Converts the SPIdepth and SQLdepth authors' weights into one checkpoint of this project."""

import argparse

from mmengine.config import Config, DictAction

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.model_conversion import convert_reference
from spidepth_mm.utils.conversion import write_together


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', help='folder with encoder.pth, depth.pth and pose.pth, or the '
                        'single file of a fine-tuned model')
    parser.add_argument('out', help='checkpoint to write')
    parser.add_argument('--config', required=True, help='config of the model')
    parser.add_argument('--no-pose', action='store_true', help='leave the pose net out')
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
        checkpoint, notes = convert_reference(args.source, config, not args.no_pose)
        write_together({args.out: checkpoint})
        for note in notes:
            print(f'note: {note}')
        print(f'{args.out}: {len(checkpoint["state_dict"])} weights and buffers, all that the '
              'files have.')


if __name__ == '__main__':
    main()
