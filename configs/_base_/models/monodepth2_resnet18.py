# Monodepth2: ResNet-18 for depth and for pose, disparity at four scales.
# The weights to start from are downloaded when training begins.
imagenet = 'https://download.openmmlab.com/mmclassification/v0/resnet/' \
    'resnet18_8xb32_in1k_20210831-fbbb1da6.pth'
pretrained = dict(type='Pretrained', checkpoint=imagenet, prefix='backbone.')

data_preprocessor = dict(
    type='DepthDataPreprocessor',
    # What both ResNets see.
    mean=(0.45, 0.45, 0.45),
    std=(0.225, 0.225, 0.225),
    color_jitter=dict(prob=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1))

model = dict(
    type='SelfSupDepthEstimator',
    data_preprocessor=data_preprocessor,
    backbone=dict(type='ResNet', depth=18, init_cfg=pretrained),
    neck=dict(
        type='Monodepth2Decoder',
        in_channels=[64, 64, 128, 256, 512],
        decoder_channels=[256, 128, 64, 32, 16]),
    head=dict(
        type='MultiScaleDisparityHead', in_channels=[16, 32, 64, 128], depth_range=(0.1, 100.0)),
    pose_net=dict(
        type='StrengthenedPoseNet',
        backbone=dict(
            type='mmpretrain.ResNet', depth=18, in_channels=6, out_indices=(3, ),
            init_cfg=pretrained)),
    losses=[
        dict(type='PhotometricLoss', alpha=0.85, ssim_window=3, loss_weight=1.0),
        dict(
            type='EdgeAwareSmoothnessLoss', quantity='disparity', resolution='prediction',
            max_depth=100.0, loss_weight=1e-3),
    ],
    test_cfg=dict(flip_tta=False))
