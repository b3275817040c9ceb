# ConvNeXtV2-Nano on KITTI at 192x640, MS: for one consumer GPU. The pose encoder is the headline's.
_base_ = [
    '../_base_/models/spidepth_convnextv2_huge.py',
    '../_base_/datasets/kitti_raw_192x640.py',
    '../_base_/schedules/adam_20e_monodepth2.py',
    '../_base_/default_runtime.py',
]
model = dict(
    backbone=dict(
        arch='nano',
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmclassification/v0/convnext-v2/'
            'convnext-v2-nano_fcmae-in21k-pre_3rdparty_in1k_20230104-91fa8ae2.pth')),
    neck=dict(in_channels=[80, 160, 320, 640], decoder_channels=[256, 128, 64, 32]),
    head=dict(patch_size=16))
train_dataloader = dict(batch_size=12)
