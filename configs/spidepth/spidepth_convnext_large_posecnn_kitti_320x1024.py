# ConvNeXt-L without SPI on KITTI, MS: the standard pose net, from nothing.
_base_ = './spidepth_convnext_large_kitti_320x1024.py'
model = dict(pose_net=dict(_delete_=True, type='PoseCNN'))
