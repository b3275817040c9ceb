# A street sequence in the KITTI odometry layout; stereo depth for some frames judges the result.
dataset_type = 'KITTIOdometryDataset'
data_root = 'data/kitti_odometry'
sequences = ['A']
# M: (-1, 1). S: ('s',). MS: (-1, 1, 's').
frame_offsets = (-1, 1, 's')

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(320, 96)),
    dict(type='FlipFrames', prob=0.5),
    dict(type='PackDepthInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(320, 96)),
    dict(type='LoadDepthMap'),
    dict(type='PackDepthInputs'),
]

train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        sequences=sequences,
        frame_offsets=frame_offsets,
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        sequences=sequences,
        frame_offsets=(),
        depth_dir='depth_stereo',
        require_depth=True,
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(type='DepthMetric', protocol='stereo', baselines=True)
test_evaluator = val_evaluator
