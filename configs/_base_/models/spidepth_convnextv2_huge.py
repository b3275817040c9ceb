# SPIdepth's headline model: ConvNeXtV2-Huge DepthNet, 64 queries, 64 bins, strengthened pose net.
# The pose encoder is the released code's default, ResNet-18; any backbone with 6 input channels
# can take its place. Both encoders start from ImageNet, by weights that mmpretrain publishes and
# that are downloaded when training begins (not for tests). From nothing instead:
# --cfg-options model.backbone.init_cfg=None model.pose_net.backbone.init_cfg=None
data_preprocessor = dict(
    type='DepthDataPreprocessor',
    color_jitter=dict(prob=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1))

model = dict(
    type='SelfSupDepthEstimator',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='ConvNeXtV2',
        arch='huge',
        drop_path_rate=0.,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/convnext-v2/'
            'convnext-v2-huge_fcmae-in21k-pre_3rdparty_in1k-384px_20230104-02a4eb35.pth',
            prefix='backbone.')),
    neck=dict(
        type='UNetDecoder',
        in_channels=[352, 704, 1408, 2816],
        decoder_channels=[1024, 512, 256, 128],
        out_channels=32),
    head=dict(
        type='SQLHead',
        in_channels=32,
        patch_size=32,
        num_queries=64,
        num_bins=64,
        depth_range=(0.001, 80.0)),
    pose_net=dict(
        type='StrengthenedPoseNet',
        # ImageNet's weights see one image: they are repeated for two and halved.
        backbone=dict(
            type='mmpretrain.ResNet',
            depth=18,
            in_channels=6,
            out_indices=(3, ),
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmclassification/v0/resnet/'
                'resnet18_8xb32_in1k_20210831-fbbb1da6.pth',
                prefix='backbone.'))),
    losses=[
        dict(type='PhotometricLoss', alpha=0.85, ssim_window=7, loss_weight=1.0),
        dict(type='EdgeAwareSmoothnessLoss', quantity='depth', loss_weight=1e-3),
    ],
    test_cfg=dict(flip_tta=False))
