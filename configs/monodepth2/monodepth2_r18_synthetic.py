# Monodepth2 on a rendered street, MS, from scratch: no download, minutes on a processor.
_base_ = [
    '../_base_/models/monodepth2_resnet18.py',
    '../_base_/datasets/synthetic_96x320.py',
    '../_base_/schedules/adam_onecycle_400i.py',
    '../_base_/default_runtime.py',
]
model = dict(
    backbone=dict(init_cfg=None),
    # Depth begins at 9 m, where stereo partners overlap, as in monodepth2_r18_s_kitti_192x640.py.
    head=dict(init_cfg=dict(type='Normal', layer='Conv2d', std=0.01, bias_prob=0.01)),
    pose_net=dict(backbone=dict(init_cfg=None)))
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(interval=100, max_keep_ckpts=1))
