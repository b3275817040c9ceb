"""A tiny estimator and what it is called with."""

from __future__ import annotations

from typing import Callable

import pytest
from tiny import packed_batch, tiny_model


@pytest.fixture
def tiny() -> Callable:
    """``tiny(scale_type='metric', ...)`` -> an estimator for images of 32x64."""
    from spidepth_mm.registry import MODELS
    return lambda **changes: MODELS.build(tiny_model(**changes))


@pytest.fixture
def training() -> Callable:
    """``training(estimator, **batch)`` -> (inputs, data_samples) as ``mode='loss'`` takes them."""

    def prepare(estimator, **kwargs):
        data = estimator.data_preprocessor(packed_batch(**kwargs), True)
        return data['inputs'], data['data_samples']

    return prepare
