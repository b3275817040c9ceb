# ConvNeXt-XL with SPI, fine-tuned with KITTI's annotated depth: kitti_finetune.py says how.
_base_ = './kitti_finetune.py'
model = dict(
    backbone=dict(type='ConvNeXt', arch='xlarge'), neck=dict(in_channels=[256, 512, 1024, 2048]))
load_from = 'checkpoints/spidepth_convnext_xlarge_kitti_320x1024.pth'
