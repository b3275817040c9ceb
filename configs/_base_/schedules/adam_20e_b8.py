# Adam for 20 epochs of the 39,810 training images at batch 8, step at 10, as the reference trains
# its ConvNeXt-L.
epoch = 39810 // 8
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-4))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[10 * epoch], gamma=0.1, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20 * epoch, val_interval=epoch)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(enable=False, base_batch_size=8)
