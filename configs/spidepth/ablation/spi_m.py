# With SPI, from monocular video alone (M), which needs what kitti_odometry_small_mono.py says.
_base_ = './spi_ms.py'
model = dict(translation_scaling='mean_depth')
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(pose_net=dict(lr_mult=2.0))))
custom_hooks = _base_.custom_hooks + [
    dict(
        type='WarmUpHook',
        settings=[dict(field='losses.0.auto_mask', value=False, until=125)])
]
train_dataloader = dict(dataset=dict(frame_offsets=(-1, 1)))
# Depth is known up to a factor: nothing is measured in metres.
test_evaluator = _base_.test_evaluator[:1]
