# A recording of your own, as tools/dataset_converters/video.py prepares it. There is no ground
# truth, so nothing is measured while training.
dataset_type = 'ImageSequenceDataset'
data_root = 'data/custom_video'
intrinsics_file = 'cam2img.json'

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(320, 192)),
    dict(type='FlipFrames', prob=0.5),
    dict(type='PackDepthInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(320, 192)),
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
        frame_offsets=(-1, 1),
        intrinsics_file=intrinsics_file,
        pipeline=train_pipeline))
# Frames that training has not seen, to look at (tools/infer.py takes its pipeline from here).
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='val',
        intrinsics_file=intrinsics_file,
        test_mode=True,
        pipeline=test_pipeline))
test_evaluator = dict(type='DepthMetric', protocol='stereo')
