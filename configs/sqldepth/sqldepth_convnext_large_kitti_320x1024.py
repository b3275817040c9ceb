# SQLdepth on KITTI: ConvNeXt-L, 320x1024, MS, standard pose net. The model is SPIdepth's without
# strengthened pose information; the training is SQLdepth's: encoder and decoder at a tenth of the
# learning rate, 20 epochs of batch 16, step at 10.
_base_ = '../spidepth/spidepth_convnext_large_posecnn_kitti_320x1024.py'
epoch = 39810 // 16
optim_wrapper = dict(
    optimizer=dict(lr=1e-4),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1), neck=dict(lr_mult=0.1))))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[10 * epoch], gamma=0.1, by_epoch=False),
]
train_cfg = dict(max_iters=20 * epoch, val_interval=epoch)
auto_scale_lr = dict(base_batch_size=16)
train_dataloader = dict(batch_size=16)
