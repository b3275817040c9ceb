# SQLdepth on KITTI: ResNet-50, 320x1024, MS, standard pose net; more queries and bins, and larger
# patches, than at 192x640.
_base_ = [
    '../_base_/models/sqldepth_resnet50.py',
    '../_base_/datasets/kitti_raw_320x1024.py',
    '../_base_/schedules/adam_25e_sqldepth.py',
    '../_base_/default_runtime.py',
]
model = dict(
    head=dict(patch_size=20, num_queries=128, num_bins=128, depth_range=(0.01, 80.0)))
train_dataloader = dict(batch_size=16)
