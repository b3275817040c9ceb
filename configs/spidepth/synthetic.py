# The embedded default: SPIdepth's smallest sibling on a rendered street, no download, minutes on
# a processor. `make demo` trains it.
_base_ = [
    '../_base_/models/spidepth_convnextv2_atto.py',
    '../_base_/datasets/synthetic_96x320.py',
    '../_base_/schedules/adam_onecycle_400i.py',
    '../_base_/default_runtime.py',
]
# Stereo partners, whose pose is known, teach depth first, which costs less; then the pose net
# joins in.
custom_hooks = _base_.custom_hooks + [
    dict(type='WarmUpHook', settings=[dict(field='active_offsets', value=('s', ), until=200)])
]
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(interval=100, max_keep_ckpts=1))
# While the stereo partners begin, the pose net has no gradient.
find_unused_parameters = True
