"""Train a model: ``python tools/train.py CONFIG``."""

import argparse

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_args import add_config_arguments, config_from_args
from spidepth_mm.apis.distributed import process_group
from spidepth_mm.apis.pretrained import is_network_error, pretrained_hint
from spidepth_mm.apis.training import build_runner, prepare_training_config
from spidepth_mm.apis.without_data import missing_data_hint


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Train a depth estimator.')
    parser.add_argument('config', help='config file path')
    parser.add_argument(
        '--resume', nargs='?', const='auto',
        help='continue from this checkpoint, or from the latest one in the work dir')
    parser.add_argument('--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument(
        '--auto-scale-lr', action='store_true',
        help="scale the learning rate by the real batch size over the config's base batch size")
    parser.add_argument('--no-validate', action='store_true', help='train without validation')
    add_config_arguments(parser, 'train_dataloader.batch_size=2')
    return parser.parse_args()


def hint(error: BaseException, args: argparse.Namespace) -> str:
    if is_network_error(error):
        return pretrained_hint(config_from_args(args))
    return missing_data_hint(error, args.config)


def main() -> None:
    args = parse_args()
    limit_noise()
    with friendly_errors(lambda error: hint(error, args)):
        cfg = config_from_args(args)
        with process_group(cfg):
            prepare_training_config(
                cfg, amp=args.amp, auto_scale_lr=args.auto_scale_lr, resume=args.resume,
                validate=not args.no_validate)
            build_runner(cfg).train()


if __name__ == '__main__':
    main()
