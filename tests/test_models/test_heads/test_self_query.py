"""The self query layer's maths, against loops over pixels."""

import math

import pytest
import torch

from spidepth_mm.models.heads.self_query import (
    BIN_NORMS,
    bin_centers,
    bin_widths,
    plane_wise_depth,
    pool_by_query,
    self_cost_volume,
)


def softmax(values):
    exps = [math.exp(v - max(values)) for v in values]
    return [e / sum(exps) for e in exps]


@pytest.fixture
def queries():
    return torch.randn(2, 3, 5, dtype=torch.float64)


@pytest.fixture
def features():
    return torch.randn(2, 5, 7, dtype=torch.float64)


def test_self_cost_volume_is_a_dot_product_per_query_and_pixel(queries, features):
    volume = self_cost_volume(queries, features)
    assert volume.shape == (2, 3, 7)
    for b in range(2):
        for q in range(3):
            for n in range(7):
                expected = sum(queries[b, q, e] * features[b, e, n] for e in range(5))
                assert volume[b, q, n].item() == pytest.approx(expected.item())


def test_pooling_is_a_softmax_over_pixels(queries, features):
    pooled = pool_by_query(queries, features)
    volume = self_cost_volume(queries, features)
    for b in range(2):
        for q in range(3):
            weights = softmax(volume[b, q].tolist())
            expected = sum(w * features[b, :, n] for n, w in enumerate(weights))
            torch.testing.assert_close(pooled[b, q], expected)


def test_plane_wise_depth_is_an_expectation_per_pixel():
    logits = torch.randn(2, 4, 7, dtype=torch.float64)
    centers = torch.tensor([[1., 2., 5., 9.], [0.5, 3., 4., 40.]], dtype=torch.float64)
    depth = plane_wise_depth(logits, centers)
    for b in range(2):
        for n in range(7):
            weights = softmax(logits[b, :, n].tolist())
            expected = sum(w * c for w, c in zip(weights, centers[b].tolist()))
            assert depth[b, 0, n].item() == pytest.approx(expected)


def test_a_certain_pixel_has_its_planes_depth():
    logits = torch.zeros(1, 3, 1)
    logits[0, 1] = 1000.
    depth = plane_wise_depth(logits, torch.tensor([[1., 7., 30.]]))
    assert depth.item() == pytest.approx(7.)


@pytest.mark.parametrize('norm', BIN_NORMS)
def test_widths_fill_the_range(norm):
    widths = bin_widths(10 * torch.randn(4, 20), norm)
    assert (widths > 0).all()
    torch.testing.assert_close(widths.sum(1), torch.ones(4))


def test_widths_by_hand():
    logits = torch.tensor([[-5., 0.3, 0.5]])
    torch.testing.assert_close(
        bin_widths(logits, 'linear'), torch.tensor([[0.1, 0.4, 0.6]]) / 1.1)
    sigmoid = torch.tensor([[1 / (1 + math.exp(-x)) for x in logits[0].tolist()]])
    torch.testing.assert_close(bin_widths(logits, 'sigmoid'), sigmoid / sigmoid.sum())
    torch.testing.assert_close(
        bin_widths(logits, 'softmax'), torch.tensor([softmax(logits[0].tolist())]))


def test_centers_by_hand():
    widths = torch.tensor([[0.1, 0.2, 0.3, 0.4]])
    centers = bin_centers(widths, min_depth=1., max_depth=11.)
    torch.testing.assert_close(centers, torch.tensor([[1.5, 3., 5.5, 9.]]))
