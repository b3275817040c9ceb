# SQLdepth with ConvNeXt-L, 64 queries and 64 bins, and the standard pose net: SPIdepth without
# strengthened pose information. The weights to start from are downloaded when training begins.
imagenet = 'https://download.openmmlab.com/mmclassification/v0/convnext/' \
    'convnext-large_in21k-pre-3rdparty_64xb64_in1k_20220124-2412403d.pth'

data_preprocessor = dict(
    type='DepthDataPreprocessor',
    color_jitter=dict(prob=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1))

model = dict(
    type='SelfSupDepthEstimator',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='ConvNeXt', arch='large', drop_path_rate=0.,
        init_cfg=dict(type='Pretrained', checkpoint=imagenet, prefix='backbone.')),
    neck=dict(
        type='UNetDecoder',
        in_channels=[192, 384, 768, 1536],
        decoder_channels=[1024, 512, 256, 128],
        out_channels=32),
    head=dict(
        type='SQLHead',
        in_channels=32,
        patch_size=32,
        num_queries=64,
        num_bins=64,
        depth_range=(0.001, 80.0)),
    pose_net=dict(type='PoseCNN'),
    losses=[
        dict(type='PhotometricLoss', alpha=0.85, ssim_window=7, loss_weight=1.0),
        dict(type='EdgeAwareSmoothnessLoss', quantity='depth', loss_weight=1e-3),
    ],
    test_cfg=dict(flip_tta=False))
