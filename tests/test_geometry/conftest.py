"""A camera, a motion and a depth map in float64, where differences are not rounding."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from spidepth_mm.geometry import transform_from_axisangle


@pytest.fixture
def scene() -> SimpleNamespace:
    """Two targets of 9x15 pixels with two sources each; some points leave the sources."""
    batch, sources, height, width = 2, 2, 9, 15
    cam2img = torch.tensor([[14., 0., 6.7], [0., 13., 4.4], [0., 0., 1.]], dtype=torch.float64)
    axisangle = 0.05 * torch.randn(batch * sources, 3, dtype=torch.float64)
    translation = 0.3 * torch.randn(batch * sources, 3, dtype=torch.float64)
    return SimpleNamespace(
        depth=2 + 6 * torch.rand(batch, 1, height, width, dtype=torch.float64),
        cam2img=cam2img.expand(batch, 3, 3) + torch.diag(torch.tensor([0.3, 0.2, 0.])),
        axisangle=axisangle,
        translation=translation,
        source_from_target=transform_from_axisangle(
            axisangle, translation).unflatten(0, (batch, sources)),
        sources=torch.rand(batch, sources, 3, height, width, dtype=torch.float64))
