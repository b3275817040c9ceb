"""Estimators whose head predicts several scales, or resizes disparity instead of depth."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.optim import OptimWrapper
from tiny import packed_batch
from torch import nn

from spidepth_mm.apis.export_model import ExportedEstimator
from spidepth_mm.geometry import synthesize
from spidepth_mm.models.estimators.flip_tta import blend_flipped
from spidepth_mm.models.losses.smoothness_loss import edge_aware_smoothness
from spidepth_mm.structures import DepthDataSample

SIZE = (64, 96)  # the coarsest map must be reflected at its borders
NORMALIZED = dict(type='DepthDataPreprocessor', mean=(0.45, ) * 3, std=(0.225, ) * 3)
MULTI_SCALE = dict(
    data_preprocessor=NORMALIZED,
    backbone=dict(type='ResNet', depth=18, stem_channels=4, base_channels=4),
    neck=dict(type='Monodepth2Decoder', in_channels=[4, 4, 8, 16, 32],
              decoder_channels=[16, 8, 8, 6, 4]),
    head=dict(type='MultiScaleDisparityHead', in_channels=[4, 6, 8, 8], depth_range=(0.5, 50.)),
    losses=[dict(type='PhotometricLoss', ssim_window=3),
            dict(type='EdgeAwareSmoothnessLoss', quantity='disparity', resolution='prediction',
                 max_depth=50., loss_weight=0.1)])


@pytest.fixture
def multi(tiny):
    """``multi(...)`` -> a tiny Monodepth2."""
    return lambda **changes: tiny(**{**MULTI_SCALE, **changes})


@torch.no_grad()
def test_losses_are_means_over_the_scales(multi, training):
    estimator = multi().eval()
    inputs, samples = training(estimator, size=SIZE)
    losses = estimator(inputs, samples, mode='loss')
    frames = inputs['frames']
    target, sources = frames[:, 0], frames[:, 1:]
    scales = estimator.head.forward_scales(estimator.extract_feat(inputs['net_frames'][:, 0]))
    assert [tuple(depth.shape[-2:]) for depth in scales] == [(64, 96), (32, 48), (16, 24), (8, 12)]
    motions = estimator.source_from_target(inputs, (-1, 1, 's'), scales[0])
    photometric, smoothness = 0., 0.
    for scale, depth in enumerate(scales):
        # The prediction is resized as disparity, to the images' size.
        full = 1 / F.interpolate(1 / depth, SIZE, mode='bilinear', align_corners=False)
        warped, _ = synthesize(sources, full, inputs['cam2img'], motions)
        views = estimator.synthesize_scales(inputs, samples)[scale]
        torch.testing.assert_close(views.warped, warped, rtol=1e-4, atol=1e-5)
        photometric += estimator.losses[0](views)['loss_photometric']
        # Smoothness acts on the sigmoid at its own size, beside block means of the image.
        sigmoid = (1 / depth - 1 / 50) / (1 / 0.5 - 1 / 50)
        block = 2**scale
        image = target.unfold(2, block, block).unfold(3, block, block).mean((-1, -2))
        smoothness += 0.1 / 2**scale * edge_aware_smoothness(sigmoid, image)
    assert losses['loss_photometric'].item() == pytest.approx(photometric.item() / 4, rel=1e-5)
    assert losses['loss_smoothness'].item() == pytest.approx(smoothness.item() / 4, rel=1e-4)
    assert losses['mean_depth'].item() == pytest.approx(scales[0].mean().item(), rel=1e-5)
    assert 0 <= losses['automasked'] <= 1


def test_every_weight_learns(multi):
    estimator = multi()
    before = {name: p.detach().clone() for name, p in estimator.named_parameters()}
    wrapper = OptimWrapper(torch.optim.SGD(estimator.parameters(), lr=1.))
    estimator.train_step(packed_batch(size=SIZE), wrapper)
    same = [name for name, p in estimator.named_parameters() if torch.equal(p, before[name])]
    assert same == []


def test_a_head_of_one_scale_is_looked_at_once(tiny, training):
    estimator = tiny().eval()
    inputs, samples = training(estimator)
    images = inputs['net_frames'][:, 0]
    prediction, = estimator.predict_scales(images)
    assert torch.equal(prediction, estimator.predict_depth(images))
    views, = estimator.synthesize_scales(inputs, samples)
    assert torch.equal(views.prediction, prediction)
    assert views.scale == 0


class FarHead(nn.Module):
    """A head of someone else's: one convolution, and nothing of this package's contract."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 1, 1)

    def forward(self, inputs):
        return self.conv(inputs[-1]).exp()


def test_a_head_without_scales_trains_and_predicts(tiny, training):
    estimator = tiny()
    estimator.head = FarHead()
    losses = estimator(*training(estimator), mode='loss')
    estimator.parse_losses(losses)[0].backward()
    assert estimator.head.conv.weight.grad.abs().sum() > 0
    estimator.eval()
    images = torch.rand(1, 3, 32, 64)
    with torch.no_grad():
        depth = estimator.predict_depth(images)
    expected = F.interpolate(depth, (50, 70), mode='bilinear', align_corners=False)
    found, = estimator.predict(images, [DepthDataSample(metainfo=dict(ori_shape=(50, 70)))])
    torch.testing.assert_close(found.pred_depth_map.data, expected[0])


@pytest.mark.parametrize('flip_tta', [False, True])
def test_predictions_are_resized_as_disparity(multi, flip_tta):
    estimator = multi(test_cfg=dict(flip_tta=flip_tta)).eval()
    images = torch.randn(2, 3, *SIZE)
    sample = DepthDataSample(metainfo=dict(ori_shape=(50, 90)))
    found = estimator.predict(images, [sample, sample.clone()])
    with torch.no_grad():
        disparity = 1 / estimator.predict_depth(images)
        if flip_tta:
            mirrored = 1 / estimator.predict_depth(images.flip(-1)).flip(-1)
            disparity = blend_flipped(disparity, mirrored)
    expected = 1 / F.interpolate(disparity, (50, 90), mode='bilinear', align_corners=False)
    for sample, depth in zip(found, expected):
        torch.testing.assert_close(sample.pred_depth_map.data, depth)


def test_an_exported_model_resizes_disparity_too(multi):
    half = dict(MULTI_SCALE['head'], in_channels=[6, 8, 8], in_index=(1, 2, 3))
    estimator = multi(head=half).eval()
    image = torch.rand(1, 3, *SIZE)
    with torch.no_grad():
        exported = ExportedEstimator(estimator, SIZE)(image)
    expected, = estimator.predict(estimator.data_preprocessor.normalize(image))
    assert estimator.head(estimator.extract_feat(image)).shape[-2:] == (32, 48)
    torch.testing.assert_close(exported[0], expected.pred_depth_map.data)


def test_supervised_training_resizes_disparity(build, training):
    config = {key: MULTI_SCALE[key] for key in ('data_preprocessor', 'backbone', 'neck', 'head')}
    estimator = build(
        'SupervisedDepthEstimator', **config, losses=[dict(type='SILogLoss')]).eval()
    inputs, samples = training(estimator, offsets=(), size=SIZE, ori_shape=(50, 90))
    losses = estimator(inputs, samples, mode='loss')
    depth = estimator.predict_depth(inputs['net_frames'][:, 0])
    full = 1 / F.interpolate(1 / depth, (50, 90), mode='bilinear', align_corners=False)
    assert losses['mean_depth'].item() == pytest.approx(full.mean().item(), rel=1e-5)


# What the pose net sees ------------------------------------------------------------------------


class Recorder(nn.Module):
    """Stands in for a pose net and keeps what it was shown."""

    def forward(self, frame_a, frame_b):
        self.seen = frame_a, frame_b
        return frame_a.new_zeros(len(frame_a), 3), frame_a.new_zeros(len(frame_a), 3)


@pytest.mark.parametrize('pose_input', ['normalized', 'raw'])
def test_what_the_pose_net_sees(tiny, training, pose_input):
    estimator = tiny(data_preprocessor=NORMALIZED, pose_input=pose_input).eval()
    estimator.pose_net = Recorder()
    inputs, samples = training(estimator, offsets=(-1, ))
    estimator(inputs, samples, mode='loss')
    frames = inputs['frames'] if pose_input == 'raw' else (inputs['frames'] - 0.45) / 0.225
    for found, frame in zip(estimator.pose_net.seen, (frames[:, 1], frames[:, 0])):
        torch.testing.assert_close(found, frame, rtol=1e-5, atol=1e-6)


def test_an_unknown_pose_input(tiny):
    with pytest.raises(ValueError, match=r"Unknown pose_input 'jpeg'.*'normalized', 'raw'"):
        tiny(pose_input='jpeg')
