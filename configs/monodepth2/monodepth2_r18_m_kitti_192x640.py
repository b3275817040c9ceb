# Monodepth2 on KITTI, 192x640, from monocular video (M).
#
# Against its code: true intrinsics of each drive instead of one average camera, the clean training
# list's validation images, and no random numbers to break ties of auto-masking.
_base_ = [
    '../_base_/models/monodepth2_resnet18.py',
    '../_base_/datasets/kitti_raw_192x640.py',
    '../_base_/schedules/adam_20e_monodepth2.py',
    '../_base_/default_runtime.py',
]
train_dataloader = dict(batch_size=12, dataset=dict(frame_offsets=(-1, 1)))
