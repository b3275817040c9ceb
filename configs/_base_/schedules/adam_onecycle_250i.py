# 250 iterations of Adam: linear warm-up, then a cosine to zero.
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=5e-4, fused=True))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, begin=0, end=25, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=25, end=250, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=250, val_interval=250)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(enable=False, base_batch_size=4)
