"""Depth from features some thousand pixels at a time.

The formula is :func:`plane_wise_depth` of the planes' logits. Those and their
softmax are as many numbers as pixels times bins, several times the features;
here they are made, used and made again on the way back while they are in the
cache, and only the features are kept.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# On a processor; a GPU takes all at once.
CHUNK_PIXELS = 2048


def chunked_depth(pixels: Tensor, planes: Tensor, bias: Tensor, centers: Tensor) -> Tensor:
    """Expectation of the bin centres under a softmax of ``pixels`` . ``planes`` + ``bias``.

    Args:
        pixels (Tensor): (B, N, E), features.
        planes (Tensor): (B, D, E), of the same dtype.
        bias (Tensor): (D, ), of the same dtype.
        centers (Tensor): (B, D), float32 metres.

    Returns:
        Tensor: (B, N), of the centres' dtype, metres.
    """
    return _ChunkedDepth.apply(pixels, planes, bias, centers)


class _ChunkedDepth(torch.autograd.Function):

    @staticmethod
    def forward(ctx, pixels, planes, bias, centers):
        depth = centers.new_empty(pixels.shape[:2])
        for image, planes_t in enumerate(planes.transpose(1, 2)):
            for part, out in _chunks(pixels[image], depth[image]):
                torch.mv(_probabilities(part, planes_t, bias, out), centers[image], out=out)
        ctx.save_for_backward(pixels, planes, bias, centers, depth)
        return depth

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_depth):
        pixels, planes, bias, centers, depth = ctx.saved_tensors
        grads = torch.empty_like(pixels), *(
            torch.zeros_like(t, dtype=depth.dtype) for t in (planes, bias, centers))
        grad_pixels, grad_planes, grad_bias, grad_centers = grads
        for image, planes_t in enumerate(planes.transpose(1, 2)):
            for part, found, grad, grad_part in _chunks(
                    pixels[image], depth[image], grad_depth[image], grad_pixels[image]):
                weighted = _probabilities(part, planes_t, bias, found).mul_(grad[:, None])
                grad_centers[image] += weighted.sum(0)
                # d depth / d logit = p (c - depth)
                grad_logits = weighted.mul_(centers[image] - found[:, None])
                grad_bias += grad_logits.sum(0)
                grad_logits = grad_logits.to(pixels.dtype)
                grad_part.copy_(grad_logits @ planes[image])
                grad_planes[image] += grad_logits.t() @ part
        return grad_pixels, grad_planes.to(planes.dtype), grad_bias.to(bias.dtype), grad_centers


def _probabilities(part: Tensor, planes_t: Tensor, bias: Tensor, like: Tensor) -> Tensor:
    """(n, D), float32 even where the features are of half precision."""
    return torch.addmm(bias, part, planes_t).softmax(1, dtype=like.dtype)


def _chunks(*tensors: Tensor):
    size = len(tensors[0]) if tensors[0].is_cuda else CHUNK_PIXELS
    return zip(*(tensor.split(size) for tensor in tensors))
