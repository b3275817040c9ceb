"""The reference numbers are worth nothing if the weights behind them drift."""

import numpy as np
import pytest

REFERENCE_PREFIXES = {
    'sql_head_small': 'depth.',
    'unet_decoder': 'encoder.decoder.',
    'pose_cnn_standard': 'pose_std.',
    'pose_strengthened_convnextv2_atto': 'pose.',
}


@pytest.mark.parametrize(('name', 'shape', 'expected'), [
    ('depth.positional_encodings', (500, 16), [0.58556259, 0.35382119, 0.019289987]),
    ('pose_std.conv.weight', (4, 3, 3, 3), [-0.093983427, -0.10051775, 0.068916917]),
    ('encoder.decoder.bn.weight', (4,), [0.98932433, 0.95677066, 0.98793453]),
    ('encoder.decoder.bn.running_var', (4,), [2.0694761, 1.3202988, 0.69511211]),
    ('encoder.stage.grn.weight', (4,), [-0.056828164, 0.024851359, 0.073997371]),
    ('encoder.stage.gamma', (4,), [0.1827039, 0.23125018, 0.40086758]),
    ('pose.bias', (4,), [-0.06149077, 0.1098132, -0.084327757]),
])
def test_draw_is_frozen(draw, name, shape, expected):
    drawn = draw(name, shape)
    assert drawn.dtype == np.float32
    assert drawn.shape == shape
    np.testing.assert_allclose(drawn.ravel()[:3], expected, rtol=1e-6)


def test_batch_norm_counter_is_zero(draw):
    counter = draw('encoder.decoder.bn.num_batches_tracked', ())
    assert counter.dtype == np.int64
    assert counter == 0


def test_uniform_is_frozen(uniform):
    drawn = uniform('full.x.convnextv2_atto', 0, 1, (2, 3, 96, 192))
    assert drawn.dtype == np.float32
    assert drawn.min() >= 0
    assert drawn.max() < 1
    np.testing.assert_allclose(drawn.ravel()[:3], [0.103399, 0.58833476, 0.53440593], rtol=1e-6)
    np.testing.assert_allclose(
        uniform('full.x.convnextv2_atto', -1, 1, (2, 3, 96, 192)), 2 * drawn - 1, atol=1e-6)


def test_state_of_every_component_can_be_drawn(draw_state, load_reference):
    components = load_reference('component_keys.json')
    assert set(components) == set(REFERENCE_PREFIXES)
    for component, shapes in components.items():
        state = draw_state(shapes, REFERENCE_PREFIXES[component])
        assert {key: list(tensor.shape) for key, tensor in state.items()} == shapes
