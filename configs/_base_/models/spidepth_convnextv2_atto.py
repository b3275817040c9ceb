# The smallest sibling of SPIdepth: ConvNeXtV2-Atto encoders for depth and pose, 9.6 million
# parameters, trains on a laptop's processor.
data_preprocessor = dict(
    type='DepthDataPreprocessor',
    color_jitter=dict(prob=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1))

model = dict(
    type='SelfSupDepthEstimator',
    data_preprocessor=data_preprocessor,
    backbone=dict(type='ConvNeXtV2', arch='atto'),
    neck=dict(
        type='UNetDecoder',
        in_channels=[40, 80, 160, 320],
        decoder_channels=[128, 64, 48, 32],
        out_channels=16),
    head=dict(
        type='SQLHead',
        in_channels=16,
        patch_size=8,
        num_queries=32,
        num_bins=64,
        depth_range=(0.1, 80.0)),
    pose_net=dict(
        type='StrengthenedPoseNet',
        # A coarser stem makes the pose net, which needs no detail, four times as fast.
        backbone=dict(
            type='ConvNeXtV2',
            arch='atto',
            in_channels=6,
            out_indices=(3, ),
            stem_patch_size=8)),
    losses=[
        dict(type='PhotometricLoss', alpha=0.85, ssim_window=7, loss_weight=1.0),
        dict(type='EdgeAwareSmoothnessLoss', quantity='depth', loss_weight=1e-3),
    ],
    test_cfg=dict(flip_tta=False))
