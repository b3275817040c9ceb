# The embedded default: SPIdepth's smallest sibling on a rendered street, no download, minutes on
# a processor. `make demo` trains it.
_base_ = [
    '../_base_/models/spidepth_convnextv2_atto.py',
    '../_base_/datasets/synthetic_96x320.py',
    '../_base_/schedules/adam_onecycle_400i.py',
    '../_base_/default_runtime.py',
]
# In units of the mean depth, and with twice the learning rate, a pose net finds the motion within
# a short training; in metres its outputs would have to grow a hundredfold first.
model = dict(translation_scaling='mean_depth')
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(pose_net=dict(lr_mult=2.0))))
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(interval=100, max_keep_ckpts=1))
