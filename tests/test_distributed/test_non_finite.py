"""NaN and infinity in one process of two: both skip the step, and go on alike."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from spoilt_losses import CPUScaledOptimWrapper, Spoil, leaves, same

from spidepth_mm.apis.distributed import process_group
from spidepth_mm.models.estimators import NonFiniteLossError
from spidepth_mm.registry import OPTIM_WRAPPERS
from spidepth_mm.utils.checkpoint import read_checkpoint


def train(cfg, iters, kind):
    """What this process has after each iteration, how many steps it skipped, and its error."""
    Config.pretty_text = 'model = None\n'  # formatting it takes most of the time
    OPTIM_WRAPPERS.register_module(module=CPUScaledOptimWrapper, force=True)
    with process_group(cfg):
        runner = Runner.from_cfg(cfg)
        spoil = Spoil(iters, kind, rank=1)
        runner.register_hook(spoil)
        error = None
        try:
            runner.train()
        except NonFiniteLossError as caught:
            error = str(caught)
        weights = [name for name, _ in spoil.model.named_parameters()]
        learned = [[value.numpy() for value in leaves([[model[n] for n in weights], optimizer])]
                   for model, optimizer in spoil.states]
        statistics = [[value.numpy() for name, value in model.items() if 'running_' in name]
                      for model, _ in spoil.states]
        return learned, statistics, runner.message_hub.get_info('skipped_steps'), error


@pytest.fixture
def make(make_config):

    def settings(max_iters=5, max_in_a_row=20, wrapper='OptimWrapper', **changes):
        optimizer = dict(type='Adam', lr=1e-3)
        return make_config(
            'run', max_iters=max_iters, optim_wrapper=dict(
                dict(type=wrapper, optimizer=optimizer), **changes),
            custom_hooks=[dict(type='PlainCheckpointHook'), dict(type='StrictLoadHook'),
                          dict(type='NonFiniteGuardHook', max_in_a_row=max_in_a_row)],
            default_hooks=dict(checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1)))

    return settings


def equal(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))


def check_both(results, skipped, kept):
    """Both processes learned the same to the bit, and nothing in the ``kept`` iterations.

    The running statistics of batch norm are each process's own.
    """
    (learned, _, count, error), (other_learned, _, other_count, other_error) = results
    assert (count, error) == (skipped, other_error)
    assert other_count == skipped
    assert len(learned) == len(other_learned)
    for iteration, (state, other_state) in enumerate(zip(learned, other_learned)):
        assert equal(state, other_state)
        assert all(np.isfinite(value).all() for value in state)
        if iteration:
            assert equal(state, learned[iteration - 1]) == (iteration in kept)
    for _, statistics, _, _ in results:
        assert all(equal(statistics[i], statistics[i - 1]) == (i in kept)
                   for i in range(1, len(statistics)))
    return error


@pytest.mark.parametrize(('kind', 'wrapper'), [
    ('nan', dict(clip_grad=dict(max_norm=1.))),
    ('constant inf', {}),  # its gradient is finite: the other process could not know
    ('gradient', dict(wrapper='CPUAmpOptimWrapper')),
    ('constant inf', dict(wrapper='CPUScaledOptimWrapper')),
    ('nan', dict(wrapper='CPUScaledOptimWrapper'))])
def test_both_skip_what_one_cannot_use(in_processes, make, tmp_path, kind, wrapper):
    results = in_processes(train, make(**wrapper), {1, 3}, kind)
    assert check_both(results, skipped=2, kept={1, 3}) is None
    saved = read_checkpoint(tmp_path / 'run' / 'iter_5.pth')
    assert saved['message_hub']['runtime_info']['skipped_steps'] == 2
    assert all(torch.isfinite(value).all() for value in saved['state_dict'].values())


@pytest.mark.parametrize('wrapper', ['OptimWrapper', 'CPUScaledOptimWrapper'])
def test_accumulated_gradients(in_processes, make, wrapper):
    """Of the first of two batches, whose gradients stay in their process until the second."""
    cfg = make(max_iters=6, wrapper=wrapper, accumulative_counts=2)
    results = in_processes(train, cfg, {2}, 'constant inf')
    (learned, _, *counted), (other_learned, _, *other_counted) = results
    assert counted == other_counted == [1, None]
    for iteration, (state, other_state) in enumerate(zip(learned, other_learned)):
        assert equal(state, other_state)
        assert all(np.isfinite(value).all() for value in state)
        if iteration:
            assert equal(state, learned[iteration - 1]) == (iteration not in (1, 5))


def test_both_stop_with_the_words_of_the_one_that_knows(in_processes, make, tmp_path):
    cfg = make(max_iters=9, max_in_a_row=3)
    error = check_both(in_processes(train, cfg, {1, 3, 4, 5}, 'nan'), skipped=4, kept={1, 3, 4, 5})
    assert error.startswith('3 optimiser steps in a row were skipped, the last because loss_odd')
    log, = (tmp_path / 'run').rglob('*.log')
    # Which two images the other process had; the first process is the one that logs.
    warned = [line for line in log.read_text().splitlines() if 'Skipped the optimiser step' in line]
    assert [line.split('iteration ')[1][0] for line in warned] == ['2', '4', '5', '6']
    assert all(line.count('image_2') == 2 for line in warned)
    good, last = (read_checkpoint(tmp_path / 'run' / f'iter_{i}.pth') for i in (3, 5))
    assert same(good['state_dict'], last['state_dict'])
