# Fine-tuning with ground truth on the rendered street, from the weights of `make demo`:
# --cfg-options load_from=work_dirs/demo/best_abs_rel_iter_N.pth
_base_ = [
    '../_base_/models/spidepth_convnextv2_atto.py',
    '../_base_/datasets/synthetic_96x320.py',
    '../_base_/schedules/adamw_onecycle_200i.py',
    '../_base_/default_runtime.py',
]
model = dict(
    _delete_=True,
    type='SupervisedDepthEstimator',
    # The pipeline changes the colours.
    data_preprocessor=dict(type='DepthDataPreprocessor'),
    backbone=_base_.model.backbone,
    neck=_base_.model.neck,
    head=_base_.model.head,
    losses=[dict(type='SILogLoss', variance_focus=0.85)],
    # 'median' learns depth up to a factor for each image; then nothing in metres is measured.
    scale_alignment=None,
    test_cfg=dict(flip_tta=False))

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadDepthMap', required=True),
    dict(type='RandomRotate', max_degrees=1.0),
    dict(type='FlipFrames', prob=0.5),
    dict(type='RandomGammaBrightnessColor', prob=0.5),
    dict(type='ResizeFrames', scale=(320, 96)),
    dict(type='PackDepthInputs'),
]
train_dataloader = dict(
    dataset=dict(frame_offsets=(), require_depth=True, pipeline=train_pipeline))

# In metres: the checkpoint is picked without scaling.
val_evaluator = dict(scaling='none')
# The weights to start from have a pose net, which is not needed any more.
custom_hooks = [
    dict(type='PlainCheckpointHook'),
    dict(type='StrictLoadHook', allowed=['pose_net\\.']),
    dict(type='SplitLeakHook'),
]
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=50, max_keep_ckpts=1))
