"""What a config switches on to train faster or in less memory trains the same."""

import shutil
import warnings

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from tiny import packed_batch, runner_config, tiny_model, write_odometry
from torch._dynamo.utils import counters

from spidepth_mm.apis import training
from spidepth_mm.engine import CPUAmpOptimWrapper  # noqa: F401  (registers itself)
from spidepth_mm.registry import MODELS


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
    # Without code generation, which needs a C++ compiler: what is captured is what runs. With the
    # hook of all configs, because a loss that looks at its own value cannot be captured whole.
    hooks = [dict(type='NonFiniteGuardHook')]
    before = counters['stats']['unique_graphs']
    np.testing.assert_allclose(
        train('compiled', compile=dict(backend='eager'), custom_hooks=hooks), train('plain'),
        rtol=1e-5)
    assert counters['stats']['unique_graphs'] - before == 1


class ClosenessHead(torch.nn.Conv2d):
    """Depth between 2 and 20 m from an image: each further layer would take seconds to compile."""

    def __init__(self):
        super().__init__(3, 1, 3, padding=1)

    def forward(self, x):
        return 2 + 18 * super().forward(x).sigmoid()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which('g++'), reason='no g++, which generated code needs')
def test_generated_code(monkeypatch, tmp_path):
    monkeypatch.setenv('TORCHINDUCTOR_CACHE_DIR', str(tmp_path))
    torch._dynamo.reset()
    init_default_scope('spidepth_mm')
    jitter = dict(prob=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1)
    config = tiny_model(
        data_preprocessor=dict(type='DepthDataPreprocessor', color_jitter=jitter),
        backbone=dict(type=torch.nn.Identity), neck=None, head=dict(type=ClosenessHead),
        pose_net=None, losses=[dict(type='PhotometricLoss', alpha=0.)])

    def losses(**options):
        torch.manual_seed(0)
        model = MODELS.build(config).train()
        model.stop_on_non_finite_loss = False  # as where NonFiniteGuardHook sees to it
        step = torch.compile(model.train_step, **options) if options else model.train_step
        optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1.))
        found = []
        for group in optim_wrapper.param_groups * 3:
            found.append(step(packed_batch(offsets=('s', )), optim_wrapper)['loss'].item())
            group['lr'] /= 2
        return found

    before = counters['stats']['unique_graphs']
    # In this process, where the patched folder holds.
    options = dict(compile_threads=1)
    np.testing.assert_allclose(losses(options=options), losses(), rtol=1e-5)
    # Neither the jitter nor another learning rate begins a graph of its own.
    assert counters['stats']['unique_graphs'] - before == 1
    assert list(tmp_path.rglob('*.so'))
