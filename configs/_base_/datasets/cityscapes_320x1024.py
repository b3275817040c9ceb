# Cityscapes: trained on the 77,352 triplets of the training cities, frames two apart; picked on
# the 500 annotated images of the validation cities; tested on the 1,525 of the test cities.
# The bottom quarter, which shows the car, is cropped from every image.
dataset_type = 'CityscapesDataset'
data_root = 'data/cityscapes'
# M: (-2, 2). MS: (-2, 2, 's') with rightImg8bit_sequence.
frame_offsets = (-2, 2)

train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='CropFrames', bottom=0.25),
    dict(type='ResizeFrames', scale=(1024, 320)),
    dict(type='FlipFrames', prob=0.5),
    dict(type='PackDepthInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    dict(type='CropFrames', bottom=0.25),
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
        split='train',
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
        split='val',
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
        split='test',
        frame_offsets=(),
        test_mode=True,
        pipeline=test_pipeline))

# The validation protocol is the test protocol; its image count is not.
val_evaluator = dict(type='DepthMetric', protocol='cityscapes')
test_evaluator = dict(type='DepthMetric', protocol='cityscapes', baselines=True)
