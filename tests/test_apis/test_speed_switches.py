"""What a config switches on to train faster or in less memory trains the same."""

import warnings

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from tiny import runner_config, tiny_model, write_odometry

from spidepth_mm.apis import training
from spidepth_mm.engine import CPUAmpOptimWrapper  # noqa: F401  (registers itself)


@pytest.fixture
def train(tmp_path):
    """``train(name, **changes)``: the losses of two iterations without jitter."""
    root = write_odometry(tmp_path / 'data')

    def run(name, backbone=None, **changes):
        model = tiny_model()
        model['backbone'].update(backbone or {})
        config = runner_config(
            root, tmp_path / name, max_iters=2, model=model, val_cfg=None, val_dataloader=None,
            val_evaluator=None, **changes)
        # mmengine tells runs apart by name and second: two within one would share their logs.
        config['experiment_name'] = name
        config['default_hooks']['checkpoint'] = None
        runner = Runner.from_cfg(config)
        runner.train()
        return np.array(runner.message_hub.get_scalar('train/loss').data[0])

    return run


def test_recomputed_activations(train):
    np.testing.assert_allclose(
        train('cp', backbone=dict(with_cp=True)), train('plain'), rtol=1e-6)


def test_bfloat16_on_a_processor(train):
    half = train('half', optim_wrapper=dict(
        type='CPUAmpOptimWrapper', optimizer=dict(type='Adam', lr=1e-3)))
    plain = train('plain')
    # The nets round to 3 digits; the loss itself is of float32.
    np.testing.assert_allclose(half, plain, rtol=0.02)
    assert (half != plain).any()


@pytest.mark.parametrize('fast', [True, False])
def test_a_slow_processor_is_told_about(monkeypatch, fast):
    monkeypatch.setattr(training, 'has_fast_bfloat16', lambda: fast)
    monkeypatch.setattr(training.torch.cuda, 'is_available', lambda: False)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter('always')
        training.enable_amp(Config(dict(optim_wrapper=dict(type='OptimWrapper'))))
    assert ['no instructions for bfloat16' in str(w.message) for w in told] == [True] * (not fast)


def test_accumulated_gradients(train):
    # The weights are the first ones as long as nothing is updated.
    once, again = (train(name, optim_wrapper=dict(
        type='OptimWrapper', accumulative_counts=counts, optimizer=dict(type='Adam', lr=0.1)))
        for name, counts in (('accumulated', 2), ('plain', 1)))
    assert once[0] == pytest.approx(again[0], rel=1e-6)
    assert once[1] != pytest.approx(again[1], rel=1e-3)


@pytest.mark.slow
def test_compiled_step(train):
    # Without code generation, which needs a C++ compiler: what is captured is what runs.
    np.testing.assert_allclose(
        train('compiled', compile=dict(backend='eager')), train('plain'), rtol=1e-5)
