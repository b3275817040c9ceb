default_scope = 'spidepth_mm'

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='CheckpointHook',
        by_epoch=False,
        interval=5000,
        max_keep_ckpts=3,
        save_best='abs_rel',
        rule='less'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    # Several processes validate and save one model, also where it has batch norm.
    batch_norm_sync=dict(type='BatchNormSyncHook'),
    # A step with NaN or infinity is skipped and counted; 20 in a row end the training.
    non_finite_guard=dict(type='NonFiniteGuardHook'),
    # Collapsed depth, holes, motion, auto-mask: drawn, and warned of in words.
    diagnostics=dict(type='TrainingDiagnosticsHook'))

# Plain checkpoints: readable with weights_only=True, resumed to the bit, and loaded strictly;
# they say whether training saw test images (silent where frames are not listed by drive).
custom_hooks = [
    dict(type='PlainCheckpointHook'),
    dict(type='StrictLoadHook'),
    dict(type='SplitLeakHook'),
]

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl', timeout=1800))

visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])

log_processor = dict(type='LogProcessor', window_size=50, by_epoch=False)
log_level = 'INFO'

load_from = None
resume = False
randomness = dict(seed=0, deterministic=False)
