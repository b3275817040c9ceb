# Your own video (M), with SPIdepth's smallest sibling, from scratch. What breaks the tie between
# depth and pose is explained in kitti_odometry_small_mono.py.
_base_ = [
    '../_base_/models/spidepth_convnextv2_atto.py',
    '../_base_/datasets/custom_video_192x320.py',
    '../_base_/schedules/adam_onecycle_600i.py',
    '../_base_/default_runtime.py',
]
model = dict(translation_scaling='mean_depth')
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(pose_net=dict(lr_mult=2.0))))
custom_hooks = _base_.custom_hooks + [
    dict(
        type='WarmUpHook',
        settings=[dict(field='losses.0.auto_mask', value=False, until=300)])
]
# Without ground truth there is no best checkpoint, only the latest.
default_hooks = dict(logger=dict(interval=20), checkpoint=dict(interval=200, save_best=None))
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=600)
val_cfg = None
