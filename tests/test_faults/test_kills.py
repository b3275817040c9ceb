"""kill -9 at a random moment, again and again. KILLS=20 at night."""

import os
import random
import time

import torch

KILLS = int(os.environ.get('KILLS', 3))
ITERS = 2 * KILLS + 2


def kill_at(process, folder, iteration, delay):
    """Kills it when it has begun to write this iteration's checkpoint, or a moment later.

    Returns whether it was still running.
    """
    names = {f'iter_{iteration}.pth', f'iter_{iteration}.pth.part'}
    deadline = time.monotonic() + 120
    while process.is_alive() and time.monotonic() < deadline:
        if folder.is_dir() and names.intersection(os.listdir(folder)):
            time.sleep(delay)
            break
        time.sleep(0.002)
    alive = process.is_alive()
    process.kill()
    process.join()
    return alive


def finish(process, errors):
    process.join(200)
    assert process.exitcode == 0, errors.get() if not errors.empty() else 'it hangs'


def test_a_killed_run_ends_as_the_uninterrupted_one(start, tmp_path):
    checkpoint = dict(type='CheckpointHook', by_epoch=False, interval=1, max_keep_ckpts=1)
    settings = dict(max_iters=ITERS, default_hooks=dict(checkpoint=checkpoint))
    finish(*start('whole', **settings))

    generator = random.Random(time.time_ns())
    schedule = []
    for iteration in sorted(generator.sample(range(1, ITERS), KILLS)):
        process, errors = start('killed', **settings)
        schedule.append((iteration, generator.choice((0., 0.003, 0.02, 0.1))))
        alive = kill_at(process, tmp_path / 'killed', *schedule[-1])
        assert alive or process.exitcode == 0, (schedule, errors.get())
        assert errors.empty(), (schedule, errors.get())
    finish(*start('killed', **settings))

    names = sorted(path.name for path in (tmp_path / 'killed').glob('*.pth*'))
    assert names == [f'iter_{ITERS}.pth']
    whole, killed = (
        torch.load(tmp_path / name / f'iter_{ITERS}.pth', weights_only=True)
        for name in ('whole', 'killed'))
    for name, value in whole['state_dict'].items():
        assert torch.equal(killed['state_dict'][name], value), (schedule, name)
    assert torch.equal(killed['random_state']['torch'], whole['random_state']['torch'])
