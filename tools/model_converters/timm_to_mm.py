"""Converts timm's ImageNet weights of ConvNeXt, ConvNeXtV2 and ResNet into a backbone's."""

import argparse

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.model_conversion import convert_timm
from spidepth_mm.utils.conversion import write_together


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', help='.pth, .bin or .safetensors file')
    parser.add_argument('out', help='checkpoint to write, for init_cfg=dict(type="Pretrained", '
                        'checkpoint=OUT)')
    parser.add_argument('--arch', required=True,
                        help="timm's name, e.g. convnextv2_huge or resnet50")
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        checkpoint, dropped = convert_timm(args.source, args.arch)
        write_together({args.out: checkpoint})
        if dropped:
            print(f'Dropped, the classifier: {", ".join(dropped)}.')
        print(f'{args.out}: {len(checkpoint["state_dict"])} weights and buffers.')


if __name__ == '__main__':
    main()
