# SQLdepth on KITTI: ConvNeXt-L, 320x1024, MS, standard pose net.
_base_ = [
    '../_base_/models/sqldepth_convnext_large.py',
    '../_base_/datasets/kitti_raw_320x1024.py',
    '../_base_/schedules/adam_25e_sqldepth.py',
    '../_base_/default_runtime.py',
]
# Shorter than with ResNet.
epoch = 39810 // 16
param_scheduler = [
    dict(type='MultiStepLR', milestones=[10 * epoch], gamma=0.1, by_epoch=False),
]
train_cfg = dict(max_iters=20 * epoch)
train_dataloader = dict(batch_size=16)
