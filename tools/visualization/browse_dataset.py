"""Look at what training sees: each sample with all frames, ground truth and true geometry.

Where the motion to a source is known (stereo partners, odometry poses, rendered streets) and
there is ground truth, the source is warped into the target by it, and the difference must become
small. Without ground truth, points must lie on the lines that are drawn.
"""

from __future__ import annotations

import argparse
import os
import os.path as osp
import sys
from typing import List, Optional

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope

from spidepth_mm.apis.browsing import MODES, BrowsedSample, SampleBrowser, choose
from spidepth_mm.apis.cli import friendly_errors, limit_noise
from spidepth_mm.apis.config_args import add_cfg_options, overridden_config
from spidepth_mm.apis.without_data import missing_data_hint
from spidepth_mm.datasets import UnreadableImageError
from spidepth_mm.datasets.transforms.geometric import resize_depth
from spidepth_mm.registry import DATASETS
from spidepth_mm.visualization import check_display, show_picture, write_picture
from spidepth_mm.visualization.sample_grid import frame_row, geometry_rows
from spidepth_mm.visualization.training_grid import stack_rows


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file path')
    parser.add_argument('-o', '--output-dir', help='write the pictures to this folder')
    parser.add_argument('--not-show', action='store_true', help='do not open a window')
    parser.add_argument(
        '-p', '--phase', choices=['train', 'val', 'test'], default='train',
        help='whose dataset (train)')
    parser.add_argument(
        '-n', '--show-number', type=int, help='so many samples, evenly spread; by default all')
    parser.add_argument(
        '-i', '--show-interval', type=float, default=2.,
        help='seconds that a picture is shown; 0 waits for a key; q or Escape stops (2)')
    parser.add_argument(
        '-m', '--mode', choices=MODES, default='transformed',
        help='after the pipeline (transformed), before it (original), both (concat), or after '
        'each transform (pipeline)')
    parser.add_argument(
        '--panel-width', type=int, default=640, help='largest width of one frame, pixels (640)')
    add_cfg_options(parser, 'train_dataloader.dataset.data_root=DATA')
    args = parser.parse_args(argv)
    if args.not_show and not args.output_dir:
        parser.error('--not-show without --output-dir: there would be nothing to see')
    for name in ('show_number', 'panel_width'):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            parser.error(f'--{name.replace("_", "-")} must be positive')
    return args


def build_dataset(cfg: Config, phase: str):
    """The dataset of a phase.

    Raises:
        ValueError: If the config has none.
    """
    loader = cfg.get(f'{phase}_dataloader')
    if not loader:
        raise ValueError(f'{cfg.filename} has no {phase}_dataloader.')
    init_default_scope(cfg.get('default_scope', 'spidepth_mm'))
    return DATASETS.build(loader.dataset)


def draw(stages: List[BrowsedSample], mode: str, panel_width: int) -> np.ndarray:
    """The picture of one sample."""
    rows = []
    for stage in choose(stages, mode):
        height, width = stage.frames[0].shape[:2]
        depth = stage.gt_depth_map
        if depth is not None and depth.shape != (height, width):
            depth = resize_depth(depth, (width, height))
        title = stage.title if mode == 'pipeline' else \
            'transformed' if stage is stages[-1] else 'original'
        rows.append(frame_row(stage.frames, stage.frame_offsets, depth, title))
        if stage.cam2img is not None and mode != 'pipeline':
            rows += geometry_rows(
                stage.frames, stage.frame_offsets, stage.cam2img, stage.motions, depth)
    return stack_rows(rows, panel_width)


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    limit_noise()
    with friendly_errors(lambda error: missing_data_hint(error, args.config)):
        cfg = overridden_config(args)
        if not args.not_show:
            check_display()
        browser = SampleBrowser(build_dataset(cfg, args.phase))
        number = min(args.show_number or len(browser), len(browser))
        bad = []
        for index in np.linspace(0, len(browser) - 1, number).round().astype(int):
            try:
                stages = browser.stages(int(index))
            except UnreadableImageError as error:
                bad.append(str(error))
                continue
            picture = draw(stages, args.mode, args.panel_width)
            if args.output_dir:
                os.makedirs(args.output_dir, exist_ok=True)
                name = osp.splitext(osp.basename(stages[0].img_path))[0]
                path = osp.join(args.output_dir, f'{index:06d}_{name}.png')
                write_picture(path, picture)
                print(path)
            if not args.not_show and not show_picture(
                    'browse_dataset', picture, args.show_interval):
                break
        if bad:
            sys.exit('\n'.join([f'error: {len(bad)} of {number} samples cannot be read:', *bad]))


if __name__ == '__main__':
    main()
