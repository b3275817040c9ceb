"""Who looks on while a function runs."""

import torch
from torch import nn

from spidepth_mm.utils.recording import is_recorded


class Witness(nn.Module):

    def forward(self, x):
        return x + 1 if is_recorded() else x


def test_nobody_looks_on_by_default():
    assert not is_recorded()
    assert Witness()(torch.zeros(1)).item() == 0


def test_a_tracer_and_an_exporter_look_on():
    x = torch.zeros(1)
    assert torch.jit.trace(Witness(), x, check_trace=False)(x).item() == 1
    assert torch.export.export(Witness(), (x, )).module()(x).item() == 1
    assert not is_recorded()
