# The paper's headline model on KITTI: ConvNeXtV2-Huge, 320x1024, MS, strengthened pose net.
_base_ = [
    '../_base_/models/spidepth_convnextv2_huge.py',
    '../_base_/datasets/kitti_raw_320x1024.py',
    '../_base_/schedules/adam_20e.py',
    '../_base_/default_runtime.py',
]
