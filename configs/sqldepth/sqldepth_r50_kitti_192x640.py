# SQLdepth on KITTI: ResNet-50, 192x640, MS, standard pose net.
_base_ = [
    '../_base_/models/sqldepth_resnet50.py',
    '../_base_/datasets/kitti_raw_192x640.py',
    '../_base_/schedules/adam_25e_sqldepth.py',
    '../_base_/default_runtime.py',
]
train_dataloader = dict(batch_size=16)
