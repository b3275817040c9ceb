"""Structural similarity."""

import pytest
import torch
from closeness import relative_difference

from spidepth_mm.models.losses.ssim import C1, C2, WindowStats, box_mean, running_sum, ssim_distance


def distance(x, y, window):
    return ssim_distance(WindowStats.of(x, window), WindowStats.of(y, window), window)


@pytest.mark.parametrize('window', [3, 7])
def test_ssim_meets_the_reference(reference, window):
    found = distance(reference.prev, reference.target, window)
    assert relative_difference(found, getattr(reference, f'ssim{window}')) < 1e-4


@pytest.mark.parametrize('window', range(1, 10))
@pytest.mark.parametrize('dim', [0, 1, -1])
def test_running_sum_sums_each_window(window, dim):
    x = torch.randn(11, 9, 10, dtype=torch.float64)
    torch.testing.assert_close(running_sum(x, window, dim), x.unfold(dim, window, 1).sum(-1))


def test_running_sum_does_not_change_its_input():
    x = torch.randn(8)
    before = x.clone()
    running_sum(x, 3, 0)
    assert torch.equal(x, before)


def mirrored(index, size):
    """The index that a reflected border repeats: -1 is 1, size is size - 2."""
    index = abs(index)
    return index if index < size else 2 * (size - 1) - index


def window_at(image, row, col, window):
    """All pixels of the box around (row, col), as a flat list."""
    pad, (height, width) = window // 2, image.shape
    return torch.stack([
        image[mirrored(r, height), mirrored(c, width)]
        for r in range(row - pad, row + pad + 1) for c in range(col - pad, col + pad + 1)])


@pytest.mark.parametrize('window', [1, 3, 5, 7])
def test_box_mean_is_the_mean_of_a_mirrored_box(window):
    x = torch.randn(1, 2, 5, 6, dtype=torch.float64)
    found = box_mean(x, window)
    assert found.shape == x.shape
    for channel in range(2):
        for row in range(5):
            for col in range(6):
                expected = window_at(x[0, channel], row, col, window).mean()
                torch.testing.assert_close(found[0, channel, row, col], expected)


@pytest.mark.parametrize('window', [3, 7])
def test_ssim_is_its_definition(window):
    x, y = torch.rand(2, 1, 1, 5, 6, dtype=torch.float64)
    found = distance(x, y, window)
    for row in range(5):
        for col in range(6):
            a = window_at(x[0, 0], row, col, window)
            b = window_at(y[0, 0], row, col, window)
            covariance = ((a - a.mean()) * (b - b.mean())).mean()
            variances = a.var(unbiased=False) + b.var(unbiased=False)
            ssim = ((2 * a.mean() * b.mean() + C1) * (2 * covariance + C2)
                    / ((a.mean()**2 + b.mean()**2 + C1) * (variances + C2)))
            torch.testing.assert_close(found[0, 0, row, col], (1 - ssim) / 2)


def test_equal_images_have_no_distance():
    x = torch.rand(2, 3, 9, 9, dtype=torch.float64)
    assert distance(x, x, 7).abs().max() < 1e-12


def test_distance_is_symmetric_and_bounded():
    x, y = torch.rand(2, 2, 3, 9, 9)
    assert torch.allclose(distance(x, y, 7), distance(y, x, 7))
    y = (x > 0.5).float()
    found = distance(1 - y, y, 3)
    assert found.min() >= 0
    assert found.max() <= 1
    assert found.mean() > 0.8


@pytest.mark.parametrize('window', [3, 5])
def test_gradients_of_ssim(window):
    x, y = torch.rand(2, 1, 2, 5, 6, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda x, y: distance(x, y, window), (x.requires_grad_(), y.requires_grad_()))
