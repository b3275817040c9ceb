# Zero-shot: a model trained on KITTI, tested on Make3D's pictures. Only tools/test.py takes it.
#
# The published procedure takes the network's output, 320x1024, to the laser grid's 21x305 by
# nearest neighbour at once. Here a prediction is first resized bilinearly to the cropped picture,
# 852x1704, as all predictions are, and then taken to 21x305 by nearest neighbour; the errors
# differ a little for it. evaluate_depth given the network's output itself does as published.
_base_ = [
    '../_base_/models/spidepth_convnextv2_huge.py',
    '../_base_/datasets/make3d_320x1024.py',
    '../_base_/default_runtime.py',
]
