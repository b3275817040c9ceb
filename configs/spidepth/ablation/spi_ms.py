# With SPI: the row that the others differ from. The pose nets are compared, so they must learn in
# a short training. All sources teach from the first iteration, and in its first half every pixel
# pays for every source: the minimum over the sources and auto-masking would leave a pose net that
# knows nothing to the stereo partner and to a camera that stands still. Translation is in units of
# the mean depth: in metres the nets would have to learn large outputs, which takes much longer.
_base_ = [
    '../../_base_/models/spidepth_convnextv2_atto.py',
    '../../_base_/datasets/synthetic_96x320.py',
    '../../_base_/schedules/adam_onecycle_250i.py',
    '../../_base_/default_runtime.py',
]
model = dict(translation_scaling='mean_depth')
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(pose_net=dict(lr_mult=2.0))))
custom_hooks = _base_.custom_hooks + [
    dict(
        type='WarmUpHook',
        settings=[
            dict(field='losses.0.auto_mask', value=False, until=125),
            dict(field='losses.0.min_reprojection', value=False, until=125),
        ])
]
default_hooks = dict(
    logger=dict(interval=25), checkpoint=dict(interval=125, max_keep_ckpts=1))
