"""How far a result is from the numbers that it must reproduce."""

from __future__ import annotations

import torch


def relative_difference(actual, expected) -> float:
    """Largest absolute difference, relative to the largest expected number."""
    actual = torch.as_tensor(actual).detach().double()
    expected = torch.as_tensor(expected).detach().double()
    assert actual.shape == expected.shape, f'{tuple(actual.shape)} != {tuple(expected.shape)}'
    assert torch.isfinite(actual).all()
    return ((actual - expected).abs().max() / expected.abs().max()).item()
