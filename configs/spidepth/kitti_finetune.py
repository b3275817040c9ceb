# Fine-tuning the headline model with KITTI's annotated depth (Table 2's setting), from
# self-supervised weights of kitti.py: --cfg-options load_from=...
# Trained on the clean list, picked on its validation list, tested once on the 697 Eigen images,
# all in metres (no scaling).
_base_ = [
    '../_base_/models/spidepth_convnextv2_huge.py',
    '../_base_/datasets/kitti_raw_320x1024.py',
    '../_base_/schedules/adamw_onecycle_10e_kitti.py',
    '../_base_/default_runtime.py',
]
# Where data_depth_annotated.zip was unpacked (it has train/ and val/). Without it:
# ground_truth='velodyne', depth_kind='camera_z', depth_root=None trains on projected scans.
depth_root = 'data/kitti_depth'
load_from = 'checkpoints/kitti.pth'

model = dict(
    _delete_=True,
    type='SupervisedDepthEstimator',
    # The pipeline changes the colours.
    data_preprocessor=dict(type='DepthDataPreprocessor'),
    # All weights come from load_from.
    backbone=dict(_base_.model.backbone, init_cfg=None),
    neck=_base_.model.neck,
    head=_base_.model.head,
    losses=[dict(type='SILogLoss', variance_focus=0.85)],
    # 'median' is the reference's way; predictions are then known up to a factor and say so.
    scale_alignment=None,
    test_cfg=dict(flip_tta=False))

# All cameras see through one window, the benchmark crop, so that a metre is as many pixels in
# training as in testing. It is resized to the size of the self-supervised training, for which
# the queries' position embeddings were learned; hence no random crop.
train_pipeline = [
    dict(type='LoadFrames'),
    dict(type='LoadDepthMap', required=True),
    dict(type='KBCrop'),
    dict(type='RandomRotate', max_degrees=1.0),
    dict(type='FlipFrames', prob=0.5),
    dict(type='RandomGammaBrightnessColor', prob=0.5),
    dict(type='ResizeFrames', scale=(1024, 320)),
    dict(type='PackDepthInputs'),
]
test_pipeline = [
    dict(type='LoadFrames'),
    # Predictions are put back into the whole image, where the protocol's Garg crop counts from.
    dict(type='KBCrop', restore=True),
    dict(type='ResizeFrames', scale=(1024, 320)),
    dict(type='LoadDepthMap'),
    dict(type='PackDepthInputs'),
]
train_dataloader = dict(
    dataset=dict(
        frame_offsets=(),
        ground_truth='annotated',
        depth_root=depth_root,
        require_depth=True,
        pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

val_evaluator = dict(protocol='kitti_eigen_metric')
test_evaluator = dict(protocol='kitti_eigen_metric')
# The weights to start from have a pose net, which is not needed any more.
custom_hooks = [
    dict(type='PlainCheckpointHook'),
    dict(type='StrictLoadHook', allowed=['pose_net\\.']),
    dict(type='SplitLeakHook'),
]
