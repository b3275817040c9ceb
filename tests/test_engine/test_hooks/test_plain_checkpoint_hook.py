"""Checkpoints of plain data, and runs that continue exactly."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from spidepth_mm.engine.hooks.plain_checkpoint_hook import (
    history_from_plain,
    random_state,
    set_random_state,
    to_plain,
)


def draw_numbers():
    return [random.random(), random.gauss(0, 1), np.random.rand(), np.random.randn(),
            torch.rand(()).item()]


def round_trip(value, path: Path):
    torch.save(value, path)
    return torch.load(path, weights_only=True)


def test_random_state_is_plain_and_complete(tmp_path):
    draw_numbers()  # leaves a second Gaussian number in the generators' pockets
    state = random_state()
    expected = draw_numbers()
    assert draw_numbers() != expected
    set_random_state(round_trip(to_plain(state), tmp_path / 'state.pth'))
    assert draw_numbers() == expected


def test_what_is_plain_stays_as_it_is():
    tensor = torch.rand(2)
    value = dict(a=1, b=[2., 'three', None, True], c=(tensor, b'x'))
    plain = to_plain(value)
    assert plain == value
    assert plain['c'][0] is tensor
    assert isinstance(plain['c'], tuple)


def test_what_is_not_plain_gets_a_plain_form(tmp_path):
    value = {
        'number': np.float32(1.5), 'array': np.arange(3), np.int64(4): {1}, 'name': Path('x'),
        'text': np.array(['a'])}
    plain = round_trip(to_plain(value), tmp_path / 'x.pth')
    assert plain['number'] == 1.5
    assert type(plain['number']) is float
    assert torch.equal(plain['array'], torch.arange(3))
    assert plain[4] == [1]
    assert plain['name'] == repr(Path('x'))
    assert isinstance(plain['text'], str)


def test_log_history_survives(tmp_path):
    history = HistoryBuffer([1., 2., 3.], [1, 2, 1], max_length=5)
    plain = round_trip(to_plain(dict(loss=history)), tmp_path / 'x.pth')
    again = history_from_plain(plain['loss'])
    assert isinstance(again, HistoryBuffer)
    for mine, expected in zip(again.data, history.data):
        np.testing.assert_array_equal(mine, expected)
    assert again.max_length == 5
    again.update(4.)
    assert again.mean() == pytest.approx((1 + 2 + 3 + 4) / 5)
    assert history_from_plain(7) == 7
    assert history_from_plain(dict(a=1)) == dict(a=1)


def test_a_runners_checkpoint_is_plain(make_runner, tmp_path):
    make_runner(max_iters=2, val_interval=2).train()
    found = sorted(path.name for path in (tmp_path / 'run').glob('*.pth'))
    assert 'iter_2.pth' in found
    assert any(name.startswith('best_') for name in found)
    for name in found:
        checkpoint = torch.load(tmp_path / 'run' / name, weights_only=True)
        expected = {'state_dict', 'message_hub', 'meta', 'random_state'}
        if name.startswith('iter_'):
            expected |= {'optimizer', 'param_schedulers'}
        assert expected <= set(checkpoint)
        assert checkpoint['meta']['iter'] == 1 if name == 'iter_1.pth' else 2
        assert checkpoint['meta']['scale_type'] == 'stereo'
        assert all(isinstance(v, torch.Tensor) for v in checkpoint['state_dict'].values())


def test_two_runs_with_one_seed_are_one(make_runner):
    losses = []
    for name in ('first', 'second'):
        runner = make_runner(name)
        runner.train()
        losses.append(runner.kept.losses)
    assert len(losses[0]) == 4
    assert losses[0] == losses[1]
    assert len(set(losses[0])) == 4


def test_another_seed_is_another_run(make_runner):
    losses = []
    for seed in (3, 4):
        runner = make_runner(f'seed{seed}', max_iters=1, randomness=dict(seed=seed))
        runner.train()
        losses.append(runner.kept.losses)
    assert losses[0] != losses[1]


def weights(path: Path) -> dict:
    return torch.load(path, weights_only=True)['state_dict']


@pytest.mark.parametrize(('num_workers', 'val_interval'), [
    (0, 1000),  # validated at the end only
    (0, 2),
    (0, 3),  # validated where it was killed
    (2, 3)])
def test_a_resumed_run_is_the_uninterrupted_one(make_runner, tmp_path, num_workers, val_interval):
    settings = dict(num_workers=num_workers, val_interval=val_interval)
    whole = make_runner('whole', max_iters=6, **settings)
    whole.train()
    # Killed after the third of six iterations: that is what is left of it.
    killed = make_runner('killed', max_iters=3, **settings)
    killed.train()
    assert killed.kept.losses == whole.kept.losses[:3]
    torch.rand(5), np.random.rand(5)
    resumed = make_runner('killed', max_iters=6, resume=True, **settings)
    resumed.train()
    assert resumed.kept.losses == whole.kept.losses[3:]
    expected = weights(tmp_path / 'whole' / 'iter_6.pth')
    found = weights(tmp_path / 'killed' / 'iter_6.pth')
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_the_log_history_is_resumed(make_runner):
    make_runner('run', max_iters=2).train()
    resumed = make_runner('run', max_iters=3, resume=True)
    resumed.train()
    history, _ = resumed.message_hub.get_scalar('train/loss').data
    assert len(history) == 3
    assert history[2] == pytest.approx(resumed.kept.losses[0])


def test_validation_does_not_draw_from_the_trainings_numbers(make_runner):
    losses = []
    for name, interval in (('never', 1000), ('always', 1)):
        runner = make_runner(name, val_interval=interval)
        runner.train()
        losses.append(runner.kept.losses)
    assert losses[0] == losses[1]


def test_starting_from_weights_is_not_resuming(make_runner, tmp_path):
    make_runner('first', max_iters=2).train()
    path = str(tmp_path / 'first' / 'iter_2.pth')
    runs = []
    for name, settings in (('loaded', dict(load_from=path)), ('fresh', dict())):
        runner = make_runner(name, max_iters=1, **settings)
        runner.train()
        runs.append(runner)
    # The same numbers are drawn as in a run from scratch, the weights are others.
    loaded, fresh = (
        torch.load(f'{runner.work_dir}/iter_1.pth', weights_only=True) for runner in runs)
    assert torch.equal(loaded['random_state']['torch'], fresh['random_state']['torch'])
    assert runs[0].kept.losses != runs[1].kept.losses
