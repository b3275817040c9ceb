# SQLdepth with ResNet-50, 64 queries and 64 bins for images of 192x640, and the standard pose net.
# The weights to start from are downloaded when training begins.
imagenet = 'https://download.openmmlab.com/mmclassification/v0/resnet/' \
    'resnet50_8xb32_in1k_20210831-ea4938fc.pth'

data_preprocessor = dict(
    type='DepthDataPreprocessor',
    # What the ResNet sees; the pose net sees raw images.
    mean=(0.45, 0.45, 0.45),
    std=(0.225, 0.225, 0.225),
    color_jitter=dict(prob=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1))

model = dict(
    type='SelfSupDepthEstimator',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='ResNet', depth=50,
        init_cfg=dict(type='Pretrained', checkpoint=imagenet, prefix='backbone.')),
    neck=dict(
        type='DenseDepthDecoder',
        in_channels=[64, 256, 512, 1024, 2048],
        decoder_channels=[256, 128, 64, 32, 16],
        out_channels=32),
    head=dict(
        type='SQLHead',
        in_channels=32,
        patch_size=16,
        num_queries=64,
        num_bins=64,
        feedforward_channels=512,
        depth_range=(0.001, 80.0)),
    pose_net=dict(type='PoseCNN'),
    pose_input='raw',
    losses=[
        dict(type='PhotometricLoss', alpha=0.85, ssim_window=7, loss_weight=1.0),
        dict(type='EdgeAwareSmoothnessLoss', quantity='depth', loss_weight=1e-3),
    ],
    test_cfg=dict(flip_tta=False))
