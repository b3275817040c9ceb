# SPIdepth's smallest sibling on one street sequence, from scratch, on a processor.
# M, S or MS is one field: train_dataloader.dataset.frame_offsets.
_base_ = [
    '../_base_/models/spidepth_convnextv2_atto.py',
    '../_base_/datasets/kitti_odometry_96x320.py',
    '../_base_/schedules/adam_onecycle_600i.py',
    '../_base_/default_runtime.py',
]
# In units of the mean depth, and with twice the learning rate, a pose net finds the motion within
# a short training; in metres its outputs would have to grow a hundredfold first.
model = dict(translation_scaling='mean_depth')
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(pose_net=dict(lr_mult=2.0))))
# Stereo partners, whose pose is known, teach depth first, which costs less; then the pose net
# joins in. Without a stereo partner this does nothing.
custom_hooks = _base_.custom_hooks + [
    dict(type='WarmUpHook', settings=[dict(field='active_offsets', value=('s', ), until=200)])
]
# While the stereo partners begin, the pose net has no gradient.
find_unused_parameters = True
