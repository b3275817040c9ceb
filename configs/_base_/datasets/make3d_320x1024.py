# Make3D's 134 test pictures; nothing is trained on them. Of each upright picture the middle rows
# are shown that are half as high as it is wide (C1): 852 of 2272.
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='Make3DDataset',
        data_root='data/make3d',
        test_mode=True,
        pipeline=[
            dict(type='LoadFrames'),
            dict(type='CropFrames', top=0.3125, bottom=0.3125),
            dict(type='ResizeFrames', scale=(1024, 320)),
            dict(type='LoadDepthMap'),
            dict(type='PackDepthInputs'),
        ]))

test_evaluator = dict(type='DepthMetric', protocol='make3d_c1', baselines=True)
test_cfg = dict()
