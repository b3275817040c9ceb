"""Depth a chunk of pixels at a time is the plain expectation, and so are its gradients."""

import pytest
import torch

from spidepth_mm.models.heads import chunked_depth as module
from spidepth_mm.models.heads.chunked_depth import chunked_depth
from spidepth_mm.models.heads.self_query import plane_wise_depth


@pytest.fixture(params=[1, 4, 100])
def chunk(request, monkeypatch):
    monkeypatch.setattr(module, 'CHUNK_PIXELS', request.param)


@pytest.fixture
def arguments():
    """Features of 10 pixels, planes, bias and centres of 4 bins."""
    shapes = (2, 10, 3), (2, 4, 3), (4, ), (2, 4)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def plain(pixels, planes, bias, centers):
    logits = planes @ pixels.transpose(1, 2) + bias[:, None]
    return plane_wise_depth(logits, centers).squeeze(1)


def test_value_and_gradients_are_the_plain_ones(chunk, arguments):
    weight = torch.randn(2, 10, dtype=torch.float64)
    found, expected = chunked_depth(*arguments), plain(*arguments)
    torch.testing.assert_close(found, expected)
    gradients = [torch.autograd.grad((weight * depth).sum(), arguments)
                 for depth in (found, expected)]
    for ours, theirs in zip(*gradients):
        torch.testing.assert_close(ours, theirs)


def test_gradients(chunk, arguments):
    assert torch.autograd.gradcheck(chunked_depth, arguments)


def test_only_the_arguments_and_the_depth_are_kept(arguments):
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
            lambda x: kept.append(x.numel()) or x, lambda x: x):
        depth = chunked_depth(*arguments)
    assert sum(kept) == sum(t.numel() for t in arguments) + depth.numel()


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_features_give_float32_depth(arguments, dtype):
    *parts, centers = arguments
    halves = [part.detach().to(dtype).requires_grad_() for part in parts]
    depth = chunked_depth(*halves, centers.float())
    assert depth.dtype == torch.float32
    torch.testing.assert_close(depth.double(), plain(*arguments), rtol=0.05, atol=0.05)
    depth.sum().backward()
    expected = torch.autograd.grad(plain(*arguments).sum(), parts)
    for half, gradient in zip(halves, expected):
        assert half.grad.dtype == dtype
        torch.testing.assert_close(half.grad.double(), gradient, rtol=0.1, atol=0.1)
