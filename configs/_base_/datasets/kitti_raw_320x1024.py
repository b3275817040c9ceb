# KITTI raw, Eigen split: trained on the clean eigen_zhou list (39,810 images, no test drive),
# picked on its validation list, tested on the 697 Eigen test images.
dataset_type = 'KITTIDataset'
data_root = 'data/kitti_raw'
# M: (-1, 1). S: ('s',). MS: (-1, 1, 's').
frame_offsets = (-1, 1, 's')

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(1024, 320)),
    dict(type='FlipFrames', prob=0.5),
    dict(type='PackDepthInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='ResizeFrames', scale=(1024, 320)),
    dict(type='LoadDepthMap'),
    dict(type='PackDepthInputs'),
]

train_dataloader = dict(
    batch_size=4,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='eigen_zhou_train',
        frame_offsets=frame_offsets,
        ground_truth=None,
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='eigen_zhou_val',
        frame_offsets=(),
        require_depth=True,
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='eigen_test',
        frame_offsets=(),
        test_mode=True,
        pipeline=test_pipeline))

# The validation protocol is the test protocol; its image count is not.
val_evaluator = dict(type='DepthMetric', protocol='kitti_eigen')
test_evaluator = dict(type='DepthMetric', protocol='kitti_eigen', baselines=True)
