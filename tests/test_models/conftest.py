"""Every test of the models builds by short names."""

from __future__ import annotations

from typing import Callable

import pytest


@pytest.fixture(autouse=True)
def _scope(default_scope: str) -> None:
    """Build by short names."""


@pytest.fixture
def build() -> Callable:
    """``build('SQLHead', in_channels=8, ...)`` -> the module."""
    from spidepth_mm.registry import MODELS

    def build_module(name: str, **kwargs):
        return MODELS.build(dict(type=name, **kwargs))

    return build_module
