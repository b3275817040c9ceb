"""A whole DepthNet and pose net with the reference's weights."""

import pytest
import torch
from closeness import relative_difference
from reference_names import estimator_state, load


@pytest.fixture
def reference(load_reference, draw_state, uniform, build):
    """The reference's numbers with ``model`` and ``images``."""
    ref = load_reference('full_convnextv2_atto')
    cfg = ref.cfg
    ref.model = build(
        'SelfSupDepthEstimator',
        backbone=dict(type='ConvNeXtV2', arch='atto'),
        neck=dict(type='UNetDecoder', in_channels=[40, 80, 160, 320],
                  decoder_channels=cfg['decoder_channels'], out_channels=cfg['model_dim']),
        head=dict(type='SQLHead', in_channels=cfg['model_dim'], patch_size=cfg['patch_size'],
                  num_queries=cfg['query_nums'], num_bins=cfg['dim_out'],
                  depth_range=(cfg['min_depth'], cfg['max_depth'])),
        pose_net=dict(type='StrengthenedPoseNet',
                      backbone=dict(type='mmpretrain.ResNet', depth=18, in_channels=6)))
    keys = load_reference('full_convnextv2_atto_keys.json')
    load(ref.model, estimator_state({
        file: draw_state(shapes, f'{file}:') for file, shapes in keys.items()}))
    ref.images = torch.from_numpy(uniform(
        'full.x.convnextv2_atto', 0, 1, (cfg['num_images'], 3, cfg['height'], cfg['width'])))
    return ref


@torch.no_grad()
def test_the_whole_model_meets_the_reference(reference):
    model, images = reference.model, reference.images
    assert relative_difference(model(images), reference.depth) < 1e-5
    assert relative_difference(model(images.flip(-1)), reference.depth_of_flipped) < 1e-5
    stages = model.backbone(images)
    means = torch.cat([stage.mean((0, 2, 3)) for stage in stages])
    assert relative_difference(means, reference.encoder_stage_means) < 1e-5
    features = model.extract_feat(images)[0]
    assert relative_difference(features.mean((2, 3)), reference.feature_map_mean) < 1e-5
    axisangle, translation = model.pose_net(images, images.roll(3, -1))
    assert relative_difference(axisangle, reference.axisangle) < 1e-5
    assert relative_difference(translation, reference.translation) < 1e-5
