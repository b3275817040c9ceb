# ConvNeXtV2-Tiny on KITTI at 192x640, MS: for one consumer GPU.
_base_ = './spidepth_convnextv2_nano_kitti_192x640.py'
model = dict(
    backbone=dict(
        arch='tiny',
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmclassification/v0/convnext-v2/'
            'convnext-v2-tiny_fcmae-in21k-pre_3rdparty_in1k_20230104-8cc8b8f2.pth')),
    neck=dict(in_channels=[96, 192, 384, 768]))
