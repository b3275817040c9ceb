# Monodepth2 on KITTI, 192x640, from stereo pairs alone (S): no pose net, and the full Eigen
# training list, since pairs need no motion between frames.
_base_ = './monodepth2_r18_m_kitti_192x640.py'
model = dict(
    pose_net=None,
    # Depth begins at 9 m. Monodepth2's 0.2 m go with a baseline that it counts as 0.1; here the
    # baseline is 0.54, in metres, and partners would see nothing in common.
    head=dict(init_cfg=dict(type='Normal', layer='Conv2d', std=0.01, bias_prob=0.01)))
epoch = 45200 // 12
param_scheduler = [
    dict(type='MultiStepLR', milestones=[15 * epoch], gamma=0.1, by_epoch=False),
]
train_cfg = dict(max_iters=20 * epoch, val_interval=epoch)
train_dataloader = dict(dataset=dict(split='eigen_full_train', frame_offsets=('s', )))
val_dataloader = dict(dataset=dict(split='eigen_full_val'))
