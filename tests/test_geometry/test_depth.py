"""Depth, disparity and scale."""

import numpy as np
import pytest
import torch

from spidepth_mm.geometry import (
    depth_to_disparity,
    disparity_to_depth,
    median_scale,
    resize_depth,
    sigmoid_to_disparity,
)


def test_disparity_is_inverse_depth():
    depth = torch.tensor([0.1, 1., 4., 80.])
    torch.testing.assert_close(depth_to_disparity(depth), torch.tensor([10., 1., 0.25, 0.0125]))
    torch.testing.assert_close(disparity_to_depth(depth_to_disparity(depth)), depth)


def test_zero_stays_finite():
    assert torch.isfinite(depth_to_disparity(torch.zeros(1))).all()
    assert torch.isfinite(disparity_to_depth(torch.zeros(1))).all()


def test_sigmoid_spans_the_depth_range_linearly_in_disparity():
    sigmoid = torch.tensor([0., 0.5, 1.])
    disparity = sigmoid_to_disparity(sigmoid, min_depth=0.1, max_depth=100.)
    torch.testing.assert_close(disparity, torch.tensor([0.01, 5.005, 10.]))
    torch.testing.assert_close(
        disparity_to_depth(disparity)[[0, 2]], torch.tensor([100., 0.1]))


@pytest.mark.parametrize(('quantity', 'middle'), [('depth', 5.), ('disparity', 1.8)])
def test_between_two_pixels_lies_their_mean_or_their_harmonic_mean(quantity, middle):
    depth = torch.tensor([1., 9.]).view(1, 1, 1, 2)
    resized = resize_depth(depth, (1, 3), quantity, align_corners=True)
    torch.testing.assert_close(resized.flatten(), torch.tensor([1., middle, 9.]))
    # With pixel centres: a quarter of the way from either side.
    quarter = resize_depth(depth, (2, 4), quantity)[0, 0, 1]
    weighted = 3. if quantity == 'depth' else 1 / (0.75 / 1 + 0.25 / 9)
    torch.testing.assert_close(quarter[1], torch.tensor(weighted))


@pytest.mark.parametrize('count', [1, 2, 7, 10, 1001, 1002])
def test_median_scale_is_numpys(count):
    pred, target = np.random.rand(2, count).astype(np.float32) + 0.1
    scale = median_scale(torch.from_numpy(pred), torch.from_numpy(target))
    assert scale.item() == pytest.approx(np.median(target) / np.median(pred), rel=1e-6)
    np.testing.assert_allclose(np.median(scale.item() * pred), np.median(target), rtol=1e-6)
