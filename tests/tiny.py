"""A model of a few thousand weights, and data that it can be trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence

import cv2
import numpy as np
import torch
from mmengine.structures import PixelData

from spidepth_mm.structures import DepthDataSample

HEIGHT, WIDTH = 32, 64
_ENCODER = dict(type='ConvNeXtV2', arch=dict(depths=[1, 1, 1, 1], channels=[4, 6, 8, 10]))


def tiny_model(**changes) -> dict:
    """Config of a self-supervised estimator for images of 32x64; ``changes`` replace fields."""
    model = dict(
        type='SelfSupDepthEstimator',
        data_preprocessor=dict(type='DepthDataPreprocessor'),
        backbone=dict(_ENCODER),
        neck=dict(type='UNetDecoder', in_channels=[4, 6, 8, 10], decoder_channels=[8, 8, 6, 6],
                  out_channels=8),
        head=dict(type='SQLHead', in_channels=8, patch_size=4, num_queries=6, num_bins=8,
                  depth_range=(0.5, 30.), feedforward_channels=16, num_layers=1),
        pose_net=dict(type='StrengthenedPoseNet', hidden_channels=8,
                      backbone=dict(_ENCODER, in_channels=6)),
        losses=[dict(type='PhotometricLoss'), dict(type='EdgeAwareSmoothnessLoss')])
    model.update(changes)
    return model


def packed_batch(batch: int = 2, offsets: Sequence = (-1, 1, 's'), size=(HEIGHT, WIDTH),
                 ori_shape: Optional[tuple] = None, **metainfo) -> dict:
    """What ``PackDepthInputs`` and the collate function make: uint8 frames and data samples."""
    inputs, samples = [], []
    for index in range(batch):
        inputs.append(
            torch.randint(0, 256, (1 + len(offsets), 3, *size), dtype=torch.uint8))
        cam2img = np.array([[40., 0, size[1] / 2], [0, 40., size[0] / 2], [0, 0, 1]])
        meta = dict(
            img_path=f'frames/{index:06d}.png', frame_offsets=list(offsets), cam2img=cam2img,
            img_shape=tuple(size), ori_shape=ori_shape or tuple(size))
        if 's' in offsets:
            meta['source_from_target'] = np.eye(4)
            meta['source_from_target'][0, 3] = -0.5
        meta.update(metainfo)
        sample = DepthDataSample(metainfo={k: v for k, v in meta.items() if v is not None})
        sample.gt_depth_map = PixelData(data=1 + 20 * torch.rand(1, *sample.ori_shape))
        samples.append(sample)
    return dict(inputs=inputs, data_samples=samples)


def write_odometry(root: Path, num_frames: int = 8, height: int = HEIGHT,
                   width: int = WIDTH) -> Path:
    """A sequence ``A`` in the KITTI odometry layout, with depth for its left frames.

    It shows a wall 5 m away that passes by, two pixels a frame.
    """
    folder = root / 'sequences' / 'A'
    for name in ('image_2', 'image_3', 'depth'):
        (folder / name).mkdir(parents=True)
    generator = np.random.RandomState(0)
    wall = cv2.GaussianBlur(
        generator.randint(0, 256, (height, width + 2 * num_frames + 8, 3), np.uint8), (5, 5), 0)
    for frame in range(num_frames):
        for camera, shift in (('image_2', 0), ('image_3', 4)):
            left = 2 * frame + shift
            path = folder / camera / f'{frame:06d}.png'
            assert cv2.imwrite(str(path), wall[:, left:left + width])
        depth = np.full((height, width), 5 * 256, np.uint16)
        assert cv2.imwrite(str(folder / 'depth' / f'{frame:06d}.png'), depth)
    cameras = [f'P{i}: 40 0 {width / 2} {-20 if i % 2 else 0} 0 40 {height / 2} 0 0 0 1 0'
               for i in range(4)]
    (folder / 'calib.txt').write_text('\n'.join(cameras) + '\n')
    return root


def _loader(root: Path, num_workers: int, test: bool) -> dict:
    pipeline = [dict(type='LoadFrames')]
    pipeline += [dict(type='LoadDepthMap')] if test else [dict(type='FlipFrames', prob=0.5)]
    return dict(
        batch_size=1 if test else 2,
        num_workers=num_workers,
        sampler=dict(type='DefaultSampler', shuffle=False) if test else
        dict(type='InfiniteSampler', shuffle=True),
        dataset=dict(
            type='KITTIOdometryDataset', data_root=str(root), sequences=['A'],
            frame_offsets=() if test else (-1, 1, 's'), depth_dir='depth',
            require_depth=test, test_mode=test,
            pipeline=[*pipeline, dict(type='PackDepthInputs')]))


def runner_config(root: Path, work_dir: Path, max_iters: int = 4, val_interval: int = 1000,
                  num_workers: int = 0, **changes) -> dict:
    """Config of a Runner that trains :func:`tiny_model` on :func:`write_odometry`'s sequence.

    A checkpoint is kept of every iteration. ``changes`` replace fields.
    """
    jitter = dict(prob=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1)
    config = dict(
        default_scope='spidepth_mm',
        work_dir=str(work_dir),
        model=tiny_model(data_preprocessor=dict(
            type='DepthDataPreprocessor', color_jitter=jitter)),
        train_dataloader=_loader(root, num_workers, test=False),
        val_dataloader=_loader(root, 0, test=True),
        test_dataloader=_loader(root, 0, test=True),
        val_evaluator=dict(type='DepthMetric', protocol='stereo'),
        test_evaluator=dict(type='DepthMetric', protocol='stereo'),
        train_cfg=dict(
            type='IterBasedTrainLoop', max_iters=max_iters, val_interval=val_interval),
        val_cfg=dict(),
        test_cfg=dict(),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3)),
        param_scheduler=[dict(type='LinearLR', start_factor=0.1, end=6, by_epoch=False)],
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1, log_metric_by_epoch=False),
            checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1,
                            save_best='abs_rel', rule='less')),
        custom_hooks=[dict(type='PlainCheckpointHook'), dict(type='StrictLoadHook')],
        log_processor=dict(type='LogProcessor', window_size=1, by_epoch=False),
        log_level='WARNING',
        randomness=dict(seed=3))
    config.update(changes)
    return config
