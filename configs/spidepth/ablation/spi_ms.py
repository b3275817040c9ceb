# With SPI: the row that the others differ from. All sources teach from the first iteration,
# because the pose nets are compared; the rest is synthetic.py.
_base_ = [
    '../../_base_/models/spidepth_convnextv2_atto.py',
    '../../_base_/datasets/synthetic_96x320.py',
    '../../_base_/schedules/adam_onecycle_250i.py',
    '../../_base_/default_runtime.py',
]
default_hooks = dict(
    logger=dict(interval=25), checkpoint=dict(interval=125, max_keep_ckpts=1))
