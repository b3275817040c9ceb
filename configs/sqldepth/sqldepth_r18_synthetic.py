# SQLdepth's ResNet model, with ResNet-18, on a rendered street, MS, from scratch: no download,
# minutes on a processor.
_base_ = [
    '../_base_/models/sqldepth_resnet50.py',
    '../_base_/datasets/synthetic_96x320.py',
    '../_base_/schedules/adam_onecycle_400i.py',
    '../_base_/default_runtime.py',
]
model = dict(
    backbone=dict(depth=18, init_cfg=None),
    neck=dict(in_channels=[64, 64, 128, 256, 512], out_channels=16),
    head=dict(in_channels=16, patch_size=8, num_queries=32, depth_range=(0.1, 80.0)))
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(interval=100, max_keep_ckpts=1))
