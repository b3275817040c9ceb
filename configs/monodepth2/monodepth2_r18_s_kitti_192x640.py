# Monodepth2 on KITTI, 192x640, from stereo pairs alone (S): no pose net, and the full Eigen
# training list, since pairs need no motion between frames.
_base_ = './monodepth2_r18_m_kitti_192x640.py'
model = dict(pose_net=None)
epoch = 45200 // 12
param_scheduler = [
    dict(type='MultiStepLR', milestones=[15 * epoch], gamma=0.1, by_epoch=False),
]
train_cfg = dict(max_iters=20 * epoch, val_interval=epoch)
train_dataloader = dict(dataset=dict(split='eigen_full_train', frame_offsets=('s', )))
val_dataloader = dict(dataset=dict(split='eigen_full_val'))
