"""How the cost of our training step grows; nothing is compared here."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from . import memory
from .timing import CLOCKS, COLUMNS
from .train_step import BATCH, MS, SIZE, Trainer

# One setting is changed at a time.
CHANGES = (
    dict(), dict(size=(192, 640)), dict(size=(320, 1024)),
    dict(batch=1), dict(batch=2), dict(batch=8),
    dict(offsets=(-1, 1)), dict(offsets=('s', )),
    dict(batch=1, arch='femto'), dict(batch=1, arch='nano'), dict(batch=1, arch='tiny'),
    dict(batch=1, arch='base'), dict(batch=1, arch='large'))


def measure(repeats: int, clock: str = 'wall', changes=CHANGES) -> List[Dict[str, Any]]:
    """Rows with the settings, the median time of a step and of a sample in ms, and peak MiB.

    As in other stages all of ``COLUMNS`` are there, but what a baseline would fill is None.
    """
    rows = []
    for change in changes:
        setting = {**dict(size=SIZE, batch=BATCH, offsets=MS, arch='atto'), **change}
        trainer = Trainer(**setting)
        trainer.step()
        times = []
        for _ in range(repeats):
            start = CLOCKS[clock]()
            trainer.step()
            times.append(CLOCKS[clock]() - start)
        step = float(np.median(times)) * 1e3
        rows.append(dict(
            dict.fromkeys(COLUMNS),
            case='scaling, {arch}, {batch} x {0}x{1}, sources {offsets}'.format(
                *setting['size'], **setting),
            size=list(setting['size']), batch=setting['batch'],
            sources=len(setting['offsets']), encoder=setting['arch'], ours_ms=step,
            sample_ms=step / setting['batch'], peak_mib_ours=memory.tensors(trainer.step)))
    return rows


def markdown_table(rows: List[Dict[str, Any]]) -> str:
    lines = ['| encoder | input | batch | sources | step, ms | sample, ms | peak, MiB |',
             '| --- |' + ' ---: |' * 6]
    for row in rows:
        lines.append('| {encoder} | {0}x{1} | {batch} | {sources} | {ours_ms:.0f} | '
                     '{sample_ms:.0f} | {peak_mib_ours:.0f} |'.format(*row['size'], **row))
    return '\n'.join(lines)
