# A short Adam run over the 77,352 Cityscapes triplets with a small step, for weights that were
# trained elsewhere: 5 epochs, 1e-6 at batch 16, as the reference fine-tunes.
epoch = 77352 // 4
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-6))
param_scheduler = []
train_cfg = dict(type='IterBasedTrainLoop', max_iters=5 * epoch, val_interval=epoch)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(enable=False, base_batch_size=16)
