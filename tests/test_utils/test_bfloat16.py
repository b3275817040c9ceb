"""Whether half precision pays here."""

import pytest
import torch

from spidepth_mm.utils.bfloat16 import has_fast_bfloat16


@pytest.mark.parametrize('known', [True, False])
def test_the_processors_instructions_decide(monkeypatch, known):
    for name in ('_is_avx512_bf16_supported', '_is_amx_tile_supported', '_is_arm_bf16_supported'):
        monkeypatch.setattr(torch.cpu, name, lambda: False, raising=False)
    monkeypatch.setattr(torch.cpu, '_is_avx512_bf16_supported', lambda: known, raising=False)
    assert has_fast_bfloat16() is known


def test_no_gpu_no_fast_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert not has_fast_bfloat16('cuda:0')
