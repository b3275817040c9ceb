"""Batch norms folded into convolutions."""

import copy

import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn

from spidepth_mm.registry import MODELS
from spidepth_mm.utils.batch_norm import fold_batch_norms


def learned(model: nn.Module) -> nn.Module:
    """In evaluation mode, with batch norms as after a training."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in (
                    (module.running_mean, -1, 1), (module.running_var, 0.2, 3),
                    (module.weight, -2, 2), (module.bias, -1, 1)):
                nn.init.uniform_(values, low, high)
    return model.eval()


def norms(model):
    return [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]


@pytest.mark.parametrize('cfg, shapes', [
    (dict(type='UNetDecoder', in_channels=[4, 6], decoder_channels=[6, 4], out_channels=2),
     [(2, 4, 8, 8), (2, 6, 4, 4)]),
    (dict(type='ResNet', depth=18, base_channels=4, stem_channels=4), [(2, 3, 32, 64)]),
    (dict(type='ResNet', depth=50, base_channels=4, stem_channels=4, deep_stem=True,
          avg_down=True), [(2, 3, 32, 64)]),
])
def test_the_folded_model_computes_the_same(cfg, shapes):
    torch.manual_seed(0)
    model = learned(MODELS.build(cfg))
    inputs = [torch.randn(shape) for shape in shapes]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    expected = model(inputs)
    assert norms(model)
    assert fold_batch_norms(model) is model
    assert not norms(model)
    for found, wanted in zip(model(inputs), expected):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4 * wanted.abs().max().item())


class Shared(nn.Module):
    """One convolution, and two norms for it."""

    def __init__(self):
        super().__init__()
        conv = nn.Conv2d(3, 4, 3)
        self.one, self.two = (nn.Sequential(conv, nn.BatchNorm2d(4)) for _ in range(2))

    def forward(self, x):
        return self.one(x) + 2 * self.two(x)


class Swapped(nn.Module):
    """Names in another order than they are called in."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.conv(self.norm(x))


@pytest.mark.parametrize('build, left', [
    (Shared, 0),
    (Swapped, 1),
    (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4)), 1),
    (lambda: ConvModule(3, 4, 3, norm_cfg=dict(type='BN'), order=('norm', 'conv', 'act')), 1),
    (lambda: ConvModule(3, 4, 3, norm_cfg=dict(type='BN'), order=('conv', 'act', 'norm')), 1),
    (lambda: ConvModule(3, 4, 3, norm_cfg=dict(type='BN'), conv_cfg=dict(type='ConvWS')), 1),
], ids=['shared', 'swapped', 'activation between', 'norm first', 'norm last', 'standardised'])
def test_what_is_no_pair_stays(build, left):
    torch.manual_seed(0)
    model = learned(build())
    images = torch.randn(2, 3, 8, 8)
    expected = model(images)
    folded = fold_batch_norms(copy.deepcopy(model))
    assert len(norms(folded)) == left
    torch.testing.assert_close(folded(images), expected, rtol=1e-4, atol=1e-5)


def test_a_training_model_is_refused():
    with pytest.raises(ValueError, match=r'evaluation mode.*Call model\.eval\(\)'):
        fold_batch_norms(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)))
