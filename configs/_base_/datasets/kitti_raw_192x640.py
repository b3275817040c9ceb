# KITTI raw, Eigen split, at 192x640: the size of most published small models.
_base_ = './kitti_raw_320x1024.py'

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(640, 192)),
    dict(type='FlipFrames', prob=0.5),
    dict(type='PackDepthInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(640, 192)),
    dict(type='LoadDepthMap'),
    dict(type='PackDepthInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
