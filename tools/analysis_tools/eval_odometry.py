"""Measure a model's pose net on a KITTI odometry sequence.

Chains the frame-to-frame motions of the sequence and prints the errors of the trajectory
without alignment, with its scale fitted, and with Sim(3) alignment.
"""

from __future__ import annotations

import argparse
import json
import os

from mmengine.config import Config, DictAction

from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_files import read_config
from spidepth_mm.utils.atomic_write import write_atomically


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file path')
    parser.add_argument('checkpoint', help='checkpoint file, or "none" for random weights')
    parser.add_argument('--sequence', default='09', help='folder in data-root/sequences (09)')
    parser.add_argument(
        '--data-root', help='folder that has sequences/ and poses/; by default that of the '
        "config's test data, else data/kitti_odometry")
    parser.add_argument(
        '--out', help='folder for <sequence>.txt, the trajectory in the KITTI format as '
        'predicted, and <sequence>.json, the errors')
    parser.add_argument('--device', default='cpu', help='where the model runs (cpu)')
    parser.add_argument('--batch-size', type=int, default=4, help='frame pairs at once (4)')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='override config fields')
    return parser.parse_args(argv)


def sequence_config(cfg: Config, sequence: str, data_root, frame_offsets: tuple) -> dict:
    """A sequence as the config's test data are read: same input size, nothing else."""
    test = cfg.test_dataloader.dataset
    if data_root is None:
        data_root = (test.get('data_root') if 'KITTIOdometry' in str(test.get('type'))
                     else 'data/kitti_odometry')
    resize = [dict(step) for step in test.pipeline if 'ResizeFrames' in str(step['type'])]
    return dict(
        type='KITTIOdometryDataset', data_root=data_root, sequences=[sequence],
        frame_offsets=frame_offsets, test_mode=True,
        pipeline=[dict(type='LoadFrames'), *resize, dict(type='PackDepthInputs')])


def main(argv=None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors():
        run(args)


def run(args: argparse.Namespace) -> None:
    # Imported here, so that --help needs no torch.
    from spidepth_mm.apis import init_model
    from spidepth_mm.apis.trajectory import (
        predict_trajectory,
        true_trajectory,
        write_kitti_trajectory,
    )
    from spidepth_mm.evaluation.pose_errors import ALIGNMENTS, evaluate_trajectory
    from spidepth_mm.evaluation.pose_metric import pose_table
    from spidepth_mm.registry import DATASETS

    cfg = read_config(args.config)
    checkpoint = None if args.checkpoint == 'none' else args.checkpoint
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    pairs = sequence_config(cfg, args.sequence, args.data_root, (1, ))
    frames = sequence_config(cfg, args.sequence, args.data_root, ())
    gt = true_trajectory(DATASETS.build(dict(frames, _scope_='spidepth_mm')))
    model = init_model(cfg, checkpoint, args.device)
    pred = predict_trajectory(
        model, DATASETS.build(dict(pairs, _scope_='spidepth_mm')), args.batch_size)

    errors = {} if gt is None else {
        alignment: evaluate_trajectory(pred, gt, alignment) for alignment in ALIGNMENTS}
    weights = checkpoint or 'random weights'
    print(f'Sequence {args.sequence}, {args.config}, {weights}')
    print(pose_table(errors) if errors else
          f'{len(pred)} frames; no ground truth: {pairs["data_root"]}/poses/{args.sequence}.txt '
          'is not there or too short.')
    if args.out:
        path = os.path.join(args.out, f'{args.sequence}.txt')
        write_kitti_trajectory(path, pred)
        print(f'Trajectory as predicted: {path}')
        if errors:
            write_errors(os.path.join(args.out, f'{args.sequence}.json'), errors, args)


def write_errors(path: str, errors: dict, args: argparse.Namespace) -> None:
    result = dict(sequence=args.sequence, config=args.config, checkpoint=args.checkpoint,
                  errors=errors)
    write_atomically(path, json.dumps(result, indent=2).encode())
    print(f'Errors: {path}')


if __name__ == '__main__':
    main()
