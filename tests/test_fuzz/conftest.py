"""Bounded in the suite, long at night: HYPOTHESIS_PROFILE=nightly FUZZ_EXAMPLES=5000."""

import os

from hypothesis import HealthCheck, settings

_SHARED = dict(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile('suite', max_examples=60, derandomize=True, database=None, **_SHARED)
settings.register_profile(
    'nightly', max_examples=int(os.environ.get('FUZZ_EXAMPLES', 5000)), database=None, **_SHARED)
settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'suite'))
