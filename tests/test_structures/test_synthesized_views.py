"""What a self-supervised loss sees."""

from dataclasses import FrozenInstanceError

import pytest
import torch

from spidepth_mm.structures import SynthesizedViews


def test_views_cannot_be_changed():
    target, sources = torch.rand(1, 3, 4, 6), torch.rand(1, 2, 3, 4, 6)
    views = SynthesizedViews(target, sources, sources, torch.ones(1, 2, 1, 4, 6) > 0, target[:, :1])
    assert views.target is target
    with pytest.raises(FrozenInstanceError):
        views.target = sources
