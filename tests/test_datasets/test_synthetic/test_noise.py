import numpy as np

from spidepth_mm.datasets.synthetic.noise import fractal_noise, to_uint8


def test_noise_is_standardised_and_seeded():
    first = fractal_noise(np.random.default_rng(1), (64, 128))
    again = fractal_noise(np.random.default_rng(1), (64, 128))
    assert first.shape == (64, 128) and first.dtype == np.float32
    assert abs(first.mean()) < 1e-3 and abs(first.std() - 1) < 1e-3
    np.testing.assert_array_equal(first, again)


def test_noise_tiles():
    field = fractal_noise(np.random.default_rng(0), (128, 128), finest=8, coarsest=64)
    inner = np.abs(np.diff(field, axis=1)).max()
    seam = np.abs(field[:, 0] - field[:, -1]).max()
    assert seam <= inner * 1.5


def test_finest_period_limits_detail():
    rough = fractal_noise(np.random.default_rng(0), (128, 128), finest=1, slope=0)
    smooth = fractal_noise(np.random.default_rng(0), (128, 128), finest=16, slope=0)
    assert np.abs(np.diff(smooth)).mean() < 0.3 * np.abs(np.diff(rough)).mean()


def test_to_uint8_rounds_and_clips():
    np.testing.assert_array_equal(to_uint8(np.array([-3.0, 1.6, 300.0])), [0, 2, 255])
