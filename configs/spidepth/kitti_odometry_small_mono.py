# The same from monocular video alone (M). From nothing, depth and pose wait for each other; what
# breaks the tie: translation in units of the mean depth, so that the depth's scale is free; every
# pixel, not only those that auto-masking keeps, teaches while training begins; and a pose net
# that learns twice as fast as the depth net.
_base_ = './kitti_odometry_small.py'
model = dict(translation_scaling='mean_depth')
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(pose_net=dict(lr_mult=2.0))))
custom_hooks = _base_.custom_hooks + [
    dict(
        type='WarmUpHook',
        settings=[dict(field='losses.0.auto_mask', value=False, until=300)])
]
train_dataloader = dict(dataset=dict(frame_offsets=(-1, 1)))
