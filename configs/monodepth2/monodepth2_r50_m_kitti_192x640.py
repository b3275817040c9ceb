# Monodepth2 on KITTI with ResNet-50 for depth and for pose, 192x640, M.
_base_ = './monodepth2_r18_m_kitti_192x640.py'
imagenet = 'https://download.openmmlab.com/mmclassification/v0/resnet/' \
    'resnet50_8xb32_in1k_20210831-ea4938fc.pth'
model = dict(
    backbone=dict(depth=50, init_cfg=dict(checkpoint=imagenet)),
    neck=dict(in_channels=[64, 256, 512, 1024, 2048]),
    pose_net=dict(backbone=dict(depth=50, init_cfg=dict(checkpoint=imagenet))))
