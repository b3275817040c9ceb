# ConvNeXt-XL with SPI on KITTI, MS. No settings of this model were released: the headline's.
_base_ = './kitti.py'
model = dict(
    backbone=dict(
        type='ConvNeXt',
        arch='xlarge',
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmclassification/v0/convnext/'
            'convnext-xlarge_in21k-pre-3rdparty_64xb64_in1k_20220124-76b6863d.pth')),
    neck=dict(in_channels=[256, 512, 1024, 2048]))
