# Monodepth2 on KITTI, 192x640, from monocular video and stereo pairs (MS).
_base_ = './monodepth2_r18_m_kitti_192x640.py'
# Depth begins at 9 m, where stereo partners overlap, as in monodepth2_r18_s_kitti_192x640.py.
model = dict(
    head=dict(init_cfg=dict(type='Normal', layer='Conv2d', std=0.01, bias_prob=0.01)))
train_dataloader = dict(dataset=dict(frame_offsets=(-1, 1, 's')))
