# One cycle of AdamW for fine-tuning with ground truth, with AdaBins' shape: 30 % warm-up, then a
# cosine, the encoder at a tenth of the learning rate, gradients clipped at norm 0.1.
# The clean list has 39,810 images; those without annotated depth are left out, so the passes over
# the data are somewhat more than 10.
epoch = 39810 // 4
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, weight_decay=0.1),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))),
    clip_grad=dict(max_norm=0.1))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, begin=0, end=3 * epoch, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min_ratio=0.01, begin=3 * epoch, end=10 * epoch,
         by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=10 * epoch, val_interval=epoch)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(enable=False, base_batch_size=4)
