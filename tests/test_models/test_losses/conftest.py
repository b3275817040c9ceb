"""Views to compare: those of the reference numbers, and small random ones in float64."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Callable

import pytest
import torch
import torch.nn.functional as F

from spidepth_mm.geometry import synthesize, transform_from_axisangle
from spidepth_mm.structures import SynthesizedViews


@pytest.fixture
def reference(load_reference) -> SimpleNamespace:
    """``losses.npz`` as tensors, with ``views()``; the sources are (previous, next).

    The views are made from ``depth``, ``axisangle`` and ``translation``, which collect gradients.
    """
    ref = load_reference('losses')
    for name, value in vars(ref).items():
        setattr(ref, name, torch.as_tensor(value))
    ref.depth = ref.depth_half.clone().requires_grad_()
    ref.axisangle = ref.axisangle.clone().requires_grad_()
    ref.translation = ref.translation.clone().requires_grad_()
    ref.sources = torch.stack([ref.prev, ref.next], 1)

    def views() -> SynthesizedViews:
        depth = F.interpolate(
            ref.depth, ref.target.shape[-2:], mode='bilinear', align_corners=False)
        motions = torch.stack([
            transform_from_axisangle(0.7 * ref.axisangle, 0.7 * ref.translation, invert=True),
            transform_from_axisangle(ref.axisangle, ref.translation)], 1)
        warped, valid = synthesize(ref.sources, depth, ref.K[:, :3, :3], motions)
        return SynthesizedViews(ref.target, ref.sources, warped, valid, depth)

    ref.views = views
    return ref


@pytest.fixture
def small_views() -> Callable[..., SynthesizedViews]:
    """``small_views(warped=...)`` -> random float64 views of 6x8 pixels; any field may be given."""
    def make(**fields) -> SynthesizedViews:
        shape = (2, 2, 3, 6, 8)
        drawn = dict(
            target=torch.rand(2, 3, 6, 8, dtype=torch.float64),
            sources=torch.rand(shape, dtype=torch.float64),
            warped=torch.rand(shape, dtype=torch.float64),
            valid=torch.ones(2, 2, 1, 6, 8, dtype=torch.bool),
            depth=1 + 9 * torch.rand(2, 1, 6, 8, dtype=torch.float64))
        return SynthesizedViews(**{**drawn, **fields})

    return make
