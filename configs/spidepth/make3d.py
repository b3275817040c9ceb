# Zero-shot: a model trained on KITTI, tested on Make3D's pictures. Only tools/test.py takes it.
_base_ = [
    '../_base_/models/spidepth_convnextv2_huge.py',
    '../_base_/datasets/make3d_320x1024.py',
    '../_base_/default_runtime.py',
]
