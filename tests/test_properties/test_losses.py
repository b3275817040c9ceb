"""The whole training loss: mirrored worlds, units of length, extreme depths."""

import pytest
import torch
from bounded import bounded
from hypothesis import given
from hypothesis import strategies as st
from mmengine.registry import init_default_scope
from tiny import HEIGHT, WIDTH, packed_batch, tiny_model

from spidepth_mm.geometry import flip_intrinsics, transform_from_axisangle
from spidepth_mm.registry import MODELS

MIRROR = torch.diag(torch.tensor([-1., 1, 1, 1]))


def build(**changes):
    init_default_scope('spidepth_mm')
    torch.manual_seed(0)
    model = MODELS.build(tiny_model(**dict(dict(pose_net=None), **changes)))
    return model.train()


def batch_of(model, motion, seed=0):
    """Smooth pictures, so that a mirrored sampling point is the mirrored sample."""
    torch.manual_seed(seed)
    data = packed_batch(1, offsets=('s', ), source_from_target=motion.numpy())
    return model.data_preprocessor(data, training=True)


def loss_at(model, monkeypatch, inputs, samples, depth):
    """The loss if the network had predicted this depth."""
    monkeypatch.setattr(model, 'predict_scales', lambda image: [depth])
    return model.loss(inputs, samples)


def mirrored(inputs):
    return dict(
        inputs, frames=inputs['frames'].flip(-1), net_frames=inputs['net_frames'].flip(-1),
        cam2img=flip_intrinsics(inputs['cam2img'], WIDTH),
        source_from_target=MIRROR @ inputs['source_from_target'] @ MIRROR)


@pytest.fixture(scope='module')
def model():
    return build()


@pytest.fixture(scope='module')
def patch():
    with pytest.MonkeyPatch.context() as context:
        yield context


NUMBERS = st.tuples(*[st.floats(-0.1, 0.1) for _ in range(6)])


@bounded(10)
@given(NUMBERS, st.integers(0, 1000), st.sampled_from(['full', 'half']))
def test_the_loss_of_a_mirrored_world_is_the_same(model, patch, motion, seed, size):
    axisangle, translation = torch.tensor([motion[:3]]), torch.tensor([motion[3:]])
    data = batch_of(model, transform_from_axisangle(axisangle, translation)[0], seed)
    divisor = dict(full=1, half=2)[size]
    depth = 1 + 5 * torch.rand(1, 1, HEIGHT // divisor, WIDTH // divisor)
    one = loss_at(model, patch, data['inputs'], data['data_samples'], depth)
    other = loss_at(model, patch, mirrored(data['inputs']), data['data_samples'], depth.flip(-1))
    assert set(one) >= {'loss_photometric', 'loss_smoothness'}
    for name, value in one.items():
        if name != 'automasked':  # of pixels that look alike both ways, rounding decides
            torch.testing.assert_close(other[name], value, rtol=2e-4, atol=2e-5)


@bounded(10)
@given(st.lists(NUMBERS, min_size=3, max_size=3), st.integers(0, 1000))
def test_so_it_is_with_the_best_of_several_sources(patch, motions, seed):
    model = build(pose_net=tiny_model()['pose_net'])
    torch.manual_seed(seed)
    data = model.data_preprocessor(packed_batch(1), training=True)
    numbers = torch.tensor(motions)
    motion = transform_from_axisangle(numbers[:, :3], numbers[:, 3:])[None]
    depth = 1 + 5 * torch.rand(1, 1, HEIGHT, WIDTH)

    def loss(inputs, motion, depth):
        patch.setattr(model, 'source_from_target', lambda *args: motion)
        return loss_at(model, patch, inputs, data['data_samples'], depth)

    one = loss(data['inputs'], motion, depth)
    other = loss(mirrored(data['inputs']), MIRROR @ motion @ MIRROR, depth.flip(-1))
    for name in ('loss_photometric', 'loss_smoothness'):
        torch.testing.assert_close(other[name], one[name], rtol=2e-4, atol=2e-5)
    assert one['loss_photometric'] > 0.05


@bounded(10)
@given(NUMBERS, st.sampled_from([0.01, 0.5, 30., 1000.]))
def test_the_loss_does_not_depend_on_the_unit_of_length(model, patch, motion, unit):
    axisangle, translation = torch.tensor([motion[:3]]), torch.tensor([motion[3:]])
    transform = transform_from_axisangle(axisangle, translation)[0]
    data = batch_of(model, transform)
    depth = 1 + 5 * torch.rand(1, 1, HEIGHT, WIDTH)
    one = loss_at(model, patch, data['inputs'], data['data_samples'], depth)
    scaled = data['inputs']['source_from_target'].clone()
    scaled[..., :3, 3] *= unit
    other = loss_at(model, patch, dict(data['inputs'], source_from_target=scaled),
                    data['data_samples'], unit * depth)
    for name in ('loss_photometric', 'loss_smoothness'):
        torch.testing.assert_close(other[name], one[name], rtol=1e-3, atol=1e-5)


DTYPES = pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32])
EXTREMES = pytest.mark.parametrize(
    'extreme', [(1e-7, 1e-7), (6e4, 6e4), (1e-4, 6e4), (1e-7, 6e4), (1., 1.)])


@DTYPES
@EXTREMES
@pytest.mark.parametrize('quantity', ['depth', 'disparity'])
def test_extreme_depths_of_half_precision_are_finite(patch, dtype, extreme, quantity):
    near, far = extreme
    model = build(losses=[dict(type='PhotometricLoss'),
                          dict(type='EdgeAwareSmoothnessLoss', quantity=quantity)])
    data = batch_of(model, transform_from_axisangle(
        torch.tensor([[0.01, 0.02, 0.]]), torch.tensor([[0.5, 0., 0.1]]))[0])
    depth = torch.full((1, 1, HEIGHT, WIDTH), near)
    depth[..., ::3] = far
    depth = depth.to(dtype).requires_grad_()
    with torch.autocast('cpu', torch.bfloat16, enabled=dtype == torch.bfloat16):
        terms = loss_at(model, patch, data['inputs'], data['data_samples'], depth)
    assert all(torch.isfinite(value) for value in terms.values())
    (terms['loss_photometric'] + terms['loss_smoothness']).backward()
    if dtype != torch.float16:  # whose gradients a loss scale keeps in range
        assert torch.isfinite(depth.grad).all()


@DTYPES
@EXTREMES
def test_supervised_extremes_are_finite(dtype, extreme):
    near, far = extreme
    init_default_scope('spidepth_mm')
    pred = torch.full((1, 1, 6, 7), near)
    pred[..., ::2] = far
    pred = pred.to(dtype).requires_grad_()
    target = torch.full((1, 1, 6, 7), 80.)
    target[..., 0] = 1 / 256
    target[..., 1] = 0
    loss = MODELS.build(dict(type='SILogLoss'))(pred, target)
    loss.backward()
    assert torch.isfinite(loss)
    if dtype != torch.float16:
        assert torch.isfinite(pred.grad).all()


@pytest.mark.parametrize('loss', ['PhotometricLoss', 'EdgeAwareSmoothnessLoss'])
def test_gradients_of_each_loss_by_depth(patch, loss):
    """From depth to loss through the warp, in float64."""
    model = build(losses=[dict(type=loss)]).double()
    data = batch_of(model, transform_from_axisangle(
        torch.tensor([[0.01, 0.02, 0.]]), torch.tensor([[0.3, 0., 0.1]]))[0])
    rows, cols = slice(0, 6), slice(0, 7)
    inputs = {name: value.double() if torch.is_tensor(value) else value
              for name, value in data['inputs'].items()}
    for name in ('frames', 'net_frames'):
        inputs[name] = inputs[name][..., rows, cols]
    depth = (2 + torch.rand(1, 1, 6, 7, dtype=torch.float64))

    def value(depth):
        patch.setattr(model, 'predict_scales', lambda image: [depth])
        patch.setattr(torch.Tensor, 'float', torch.Tensor.double)
        try:
            terms = model.loss(inputs, data['data_samples'])
        finally:
            patch.undo()
        return sum(term for name, term in terms.items() if 'loss' in name)

    assert torch.autograd.gradcheck(value, depth.requires_grad_(), eps=1e-7, atol=1e-4)
