# Adam for 20 epochs of the 39,810 training images at batch 4, step at 10, as the reference trains.
# An iteration-based loop, so that validation and checkpoints do not wait for an epoch's end.
epoch = 39810 // 4
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=4e-5))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[10 * epoch], gamma=0.1, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20 * epoch, val_interval=epoch)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(enable=False, base_batch_size=4)
