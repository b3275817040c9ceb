# ConvNeXt-L with SPI on KITTI, MS. Batch and learning rate are those of the released code for it.
_base_ = [
    '../_base_/models/spidepth_convnextv2_huge.py',
    '../_base_/datasets/kitti_raw_320x1024.py',
    '../_base_/schedules/adam_20e_b8.py',
    '../_base_/default_runtime.py',
]
model = dict(
    backbone=dict(
        type='ConvNeXt',
        arch='large',
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmclassification/v0/convnext/'
            'convnext-large_in21k-pre-3rdparty_64xb64_in1k_20220124-2412403d.pth')),
    neck=dict(in_channels=[192, 384, 768, 1536]))
train_dataloader = dict(batch_size=8)
