# SPIdepth on Cityscapes, from its KITTI weights, monocular, without any mask of moving objects.
_base_ = [
    '../_base_/models/spidepth_convnextv2_huge.py',
    '../_base_/datasets/cityscapes_320x1024.py',
    '../_base_/schedules/adam_5e_cityscapes.py',
    '../_base_/default_runtime.py',
]
# The KITTI weights are the user's, e.g. --cfg-options load_from=work_dirs/kitti/best_abs_rel.pth
load_from = 'checkpoints/kitti.pth'
model = dict(backbone=dict(init_cfg=None), pose_net=dict(backbone=dict(init_cfg=None)))
