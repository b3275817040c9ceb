# The smallest sibling on KITTI at 192x640, MS: for a laptop's GPU.
_base_ = [
    '../_base_/models/spidepth_convnextv2_atto.py',
    '../_base_/datasets/kitti_raw_192x640.py',
    '../_base_/schedules/adam_20e_monodepth2.py',
    '../_base_/default_runtime.py',
]
pretrained = dict(
    type='Pretrained',
    checkpoint='https://download.openmmlab.com/mmclassification/v0/convnext-v2/'
    'convnext-v2-atto_fcmae-pre_3rdparty_in1k_20230104-23765f83.pth',
    prefix='backbone.')
model = dict(
    backbone=dict(init_cfg=pretrained),
    # The pretrained stem has patches of 4.
    pose_net=dict(backbone=dict(stem_patch_size=4, init_cfg=pretrained)))
train_dataloader = dict(batch_size=12)
