"""Warnings name what is wrong with a recording, and a good one has none."""

import numpy as np
import pytest

from spidepth_mm.datasets.converters.video_advice import advise
from spidepth_mm.datasets.converters.video_filter import BLURRED, KEPT, STATIC, Verdict
from spidepth_mm.datasets.converters.video_motion import Motion

NO_CELLS = np.zeros((8, 12), bool)
POINTS = np.zeros((0, 2))


def _motion(moved=0.01, overlap=0.8, parallax=0.9, roll=0.1):
    return Motion(moved, overlap, parallax, roll, POINTS, POINTS)


def _kept(count=100, segment=0, **motion):
    return [Verdict(n, KEPT, segment, 1., _motion(**motion)) for n in range(count)]


def _advise(verdicts, cells=NO_CELLS, num_train=1000):
    return advise(verdicts, cells, num_train)


def test_a_good_recording_has_no_warning():
    assert _advise(_kept()) == []


@pytest.mark.parametrize('verdicts, message', [
    (_kept(40) + [Verdict(0, STATIC, 0)] * 60, '60% of the frames are static. The camera stands'),
    (_kept(70) + [Verdict(0, BLURRED, 0)] * 30, '30% of the frames are blurred. Many frames'),
    (_kept(overlap=0.4), 'Only 40% of the points can be followed'),
    (_kept(60) + _kept(40, parallax=0.05), 'Mostly rotation: in 40% of the pairs'),
    (_kept(roll=-1.5), 'rolls about its own axis by 1.5 degrees a frame'),
    ([v for s in range(20) for v in _kept(3, segment=s)], 'breaks 19 times in 60 kept frames'),
])
def test_warnings(verdicts, message):
    warnings = _advise(verdicts)
    assert len(warnings) == 1 and message in warnings[0]


def test_what_moves_with_the_camera():
    bonnet = NO_CELLS.copy()
    bonnet[6:, 2:9] = True
    assert '--crop-bottom 0.25' in _advise(_kept(), bonnet)[0]
    logo = NO_CELLS.copy()
    logo[0, 11] = True
    assert 'such as a logo' in _advise(_kept(), logo)[0]


def test_few_images():
    assert _advise(_kept(), num_train=37)[0].startswith('37 training images are few')
