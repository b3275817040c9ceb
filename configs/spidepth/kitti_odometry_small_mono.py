# The same from monocular video alone (M). From nothing, depth and pose wait for each other; what
# breaks the tie: translation in units of the mean depth, so that the depth's scale is free, a pose
# net that learns twice as fast as the depth net (both as in the MS config), and every pixel, not
# only those that auto-masking keeps, teaches while training begins.
_base_ = './kitti_odometry_small.py'
custom_hooks = _base_.custom_hooks + [
    dict(
        type='WarmUpHook',
        settings=[dict(field='losses.0.auto_mask', value=False, until=300)])
]
train_dataloader = dict(dataset=dict(frame_offsets=(-1, 1)))
