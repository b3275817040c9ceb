"""Mixed precision on a processor."""

import torch
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn

from spidepth_mm.engine import CPUAmpOptimWrapper


def wrapper_of(model, **kwargs):
    return CPUAmpOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1), **kwargs)


def test_the_step_runs_in_bfloat16_on_float32_weights():
    model = nn.Linear(3, 2)
    wrapper = wrapper_of(model)
    before = model.weight.detach().clone()
    with wrapper.optim_context(model):
        out = model(torch.rand(4, 3))
    assert out.dtype == torch.bfloat16
    assert model(torch.rand(4, 3)).dtype == torch.float32
    wrapper.update_params(out.float().mean())
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight, before)


def test_accumulated_gradients_are_stepped_once():
    model = nn.Linear(3, 2)
    wrapper = wrapper_of(model, accumulative_counts=2)
    wrapper.initialize_count_status(model, 0, 4)
    before = model.weight.detach().clone()
    for step in range(2):
        with wrapper.optim_context(model):
            loss = model(torch.ones(4, 3)).float().mean()
        wrapper.update_params(loss)
        assert torch.equal(model.weight, before) == (step == 0)


def test_it_is_registered():
    assert OPTIM_WRAPPERS.get('spidepth_mm.CPUAmpOptimWrapper') is CPUAmpOptimWrapper


def test_a_run_in_mixed_precision_has_finite_losses_near_the_exact_ones(make_runner):
    exact = make_runner('exact', max_iters=2)
    exact.train()
    mixed = make_runner('mixed', max_iters=2, optim_wrapper=dict(
        type='CPUAmpOptimWrapper', optimizer=dict(type='Adam', lr=1e-3)))
    mixed.train()
    for a, b in zip(mixed.kept.losses, exact.kept.losses):
        assert abs(a - b) < 0.1 * b
