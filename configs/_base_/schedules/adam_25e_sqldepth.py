# Adam for 25 epochs of the 39,810 training images at batch 16, step at 15, encoder and decoder at
# a tenth of the learning rate, as SQLdepth trains.
epoch = 39810 // 16
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1), neck=dict(lr_mult=0.1))))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[15 * epoch], gamma=0.1, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=25 * epoch, val_interval=epoch)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(enable=False, base_batch_size=16)
