"""Batch norms folded into convolutions."""

import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from spidepth_mm.utils.batch_norm import fold_batch_norms


@pytest.fixture
def neck():
    neck = MODELS.build(dict(type='spidepth_mm.UNetDecoder', in_channels=[4, 6],
                             decoder_channels=[6, 4], out_channels=2))
    features = [torch.randn(2, 4, 8, 8), torch.randn(2, 6, 4, 4)]
    for _ in range(3):
        neck(features)  # running statistics other than the initial ones
    return neck, features


def test_the_folded_model_predicts_the_same(neck):
    neck, features = neck
    expected = neck.eval()(features)[0]
    folded = fold_batch_norms(neck)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    torch.testing.assert_close(folded(features)[0], expected, rtol=1e-4, atol=1e-5)


def test_a_training_model_is_refused(neck):
    with pytest.raises(ValueError, match=r'evaluation mode.*Call model\.eval\(\)'):
        fold_batch_norms(neck[0].train())
