# ConvNeXt-L with SPI, fine-tuned with KITTI's annotated depth: kitti_finetune.py says how.
_base_ = './kitti_finetune.py'
model = dict(
    backbone=dict(type='ConvNeXt', arch='large'), neck=dict(in_channels=[192, 384, 768, 1536]))
load_from = 'checkpoints/spidepth_convnext_large_kitti_320x1024.pth'
