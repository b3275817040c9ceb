import math

import numpy as np
import pytest
import torch

from spidepth_mm.evaluation.hole_rate import hole_rate


@pytest.mark.parametrize('library', [np.asarray, torch.from_numpy])
def test_by_hand(library):
    pred = library(np.array([[80., 75., 20., 80.]]))
    mask = library(np.array([[True, True, True, False]]))
    assert hole_rate(pred, mask) == pytest.approx(2 / 3)
    assert hole_rate(pred, mask, far=76) == pytest.approx(1 / 3)
    assert math.isnan(hole_rate(pred, mask & False))


def test_shapes_must_match():
    with pytest.raises(ValueError, match='one shape'):
        hole_rate(np.ones((2, 2)), np.ones((2, 3), bool))
