# The embedded default: a rendered street in the KITTI raw layout. It is made on first use, in
# under a minute, and needs no download. Exact depth judges the result.
dataset_type = 'SyntheticWorldDataset'
data_root = 'data/synthetic_world'
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
    # Of vehicles under way; read by DepthMetric(extra=['hole_rate']).
    dict(type='LoadDynamicMask'),
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
        split='train',
        frame_offsets=frame_offsets,
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='val',
        frame_offsets=(),
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='test',
        frame_offsets=(),
        test_mode=True,
        pipeline=test_pipeline))

val_evaluator = dict(type='DepthMetric', protocol='stereo', baselines=True)
# With the stereo partner as a source depth is learned in metres: measured without scaling too.
test_evaluator = [
    dict(type='DepthMetric', protocol='stereo', baselines=True),
    dict(type='DepthMetric', protocol='stereo', scaling='none', baselines=True, prefix='metric'),
]
