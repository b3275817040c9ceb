"""Tests on drawn examples: few and always the same in the suite, many at night (FUZZ_FACTOR)."""

import os

from hypothesis import HealthCheck, settings

FACTOR = int(os.environ.get('FUZZ_FACTOR', 1))


def bounded(examples: int) -> settings:
    """Settings of a test with so many examples in the suite."""
    return settings(
        max_examples=examples * FACTOR, derandomize=FACTOR == 1, deadline=None, database=None,
        suppress_health_check=list(HealthCheck))
