# Monodepth2 on KITTI, 192x640, from monocular video and stereo pairs (MS).
_base_ = './monodepth2_r18_m_kitti_192x640.py'
train_dataloader = dict(dataset=dict(frame_offsets=(-1, 1, 's')))
