"""Cases of the stage ``head``: the Self Query Layer of the paper's model at 320x1024."""

from __future__ import annotations

from typing import List, Tuple

import torch

from spidepth_mm.models.heads import SQLHead

from .baseline.head import PlainSQLHead
from .loss import largest_difference
from .timing import Case

CHANNELS, SIZE = 32, (160, 512)


def cases(size: Tuple[int, int] = SIZE, num_queries: int = 64) -> List[Case]:
    """For feature maps of this size."""
    torch.manual_seed(0)
    # In evaluation mode, as dropout would draw other numbers for each side.
    head = SQLHead(
        in_channels=CHANNELS, patch_size=32, num_queries=num_queries, num_bins=64,
        depth_range=(0.001, 80.)).eval()
    plain = PlainSQLHead(head)
    training = [_training_case(head, plain, size, batch) for batch in (1, 2)]
    return [*training, _inference_case(head, plain, size)]


def _training_case(head, plain, size, batch: int) -> Case:
    features = torch.randn(batch, CHANNELS, *size, requires_grad=True)
    leaves = (features, *head.parameters())
    weight = torch.randn(batch, 1, *size)

    def run(module):
        def call():
            depth = module(features)
            return depth, *torch.autograd.grad((weight * depth).mean(), leaves)
        return call

    return Case(f'head, forward and backward, batch {batch}', run(head), run(plain),
                largest_difference, batch, 'tensors')


def _inference_case(head, plain, size) -> Case:
    features = torch.randn(1, CHANNELS, *size)

    def run(module):
        @torch.no_grad()
        def call():
            return module(features)
        return call

    return Case('head, inference, batch 1', run(head), run(plain),
                lambda a, b: largest_difference([a], [b]), 1, 'tensors')
