"""Checkpoints in the face of kills and full disks."""

import errno
import os

import pytest
import torch
from mmengine.fileio import LocalBackend

from spidepth_mm.engine import CheckpointHook
from spidepth_mm.utils.checkpoint import CheckpointError


def names(folder):
    return sorted(path.name for path in folder.glob('*.pth*'))


def hooks(**settings):
    checkpoint = dict(type='CheckpointHook', by_epoch=False, interval=1, **settings)
    logger = dict(type='LoggerHook', interval=1, log_metric_by_epoch=False)
    return dict(default_hooks=dict(logger=logger, checkpoint=checkpoint))


@pytest.fixture
def full_disk(monkeypatch):
    """``full_disk('iter_3')``: that checkpoint is cut off by a full disk after 100 bytes."""

    def fill(stem: str) -> None:
        put = LocalBackend.put

        def put_until_full(self, content, path):
            if stem not in os.path.basename(path):
                return put(self, content, path)
            put(self, content[:100], path)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

        monkeypatch.setattr(LocalBackend, 'put', put_until_full)

    return fill


def test_a_config_gets_this_one(make_runner):
    assert any(type(hook) is CheckpointHook for hook in make_runner().hooks)


def test_no_more_are_kept_than_asked_for(make_runner, tmp_path):
    make_runner(max_iters=4, val_interval=1,
                **hooks(max_keep_ckpts=2, save_best='abs_rel', rule='less')).train()
    best, *others = names(tmp_path / 'run')
    assert best.startswith('best_abs_rel_iter_')
    assert others == ['iter_3.pth', 'iter_4.pth']


@pytest.mark.parametrize('keep', [1, 2])
def test_a_full_disk_loses_no_earlier_checkpoint(make_runner, tmp_path, full_disk, keep):
    full_disk('iter_3')
    with pytest.raises(CheckpointError) as error:
        make_runner(max_iters=4, **hooks(max_keep_ckpts=keep)).train()
    kept = ['iter_1.pth', 'iter_2.pth'][2 - keep:]
    assert names(tmp_path / 'run') == kept
    message = str(error.value)
    assert f'Cannot write the checkpoint {tmp_path}/run/iter_3.pth: No space left' in message
    assert f'({", ".join(kept)})' in message
    assert '--resume' in message
    for name in kept:
        assert torch.load(tmp_path / 'run' / name, weights_only=True)['state_dict']


def test_a_full_disk_does_not_lose_the_best_one(make_runner, tmp_path, full_disk, monkeypatch):
    full_disk('iter_2')
    # Any score is better than the last one.
    monkeypatch.setitem(CheckpointHook.rule_map, 'less', lambda new, old: True)
    with pytest.raises(CheckpointError, match='best_abs_rel_iter_2'):
        make_runner(max_iters=3, val_interval=1,
                    **hooks(save_best='abs_rel', rule='less', save_begin=5)).train()
    assert names(tmp_path / 'run') == ['best_abs_rel_iter_1.pth']


def test_a_name_stands_for_a_whole_file(make_runner, tmp_path, monkeypatch):
    put, seen = LocalBackend.put, []

    def look(self, content, path):
        assert not os.path.exists(path[:-len('.part')])
        put(self, content, path)
        assert not os.path.exists(path[:-len('.part')])
        seen.append(os.path.basename(path))

    monkeypatch.setattr(LocalBackend, 'put', look)
    make_runner(max_iters=2, **hooks()).train()
    assert seen == ['iter_1.pth.part', 'iter_2.pth.part']
    assert names(tmp_path / 'run') == ['iter_1.pth', 'iter_2.pth']


def test_what_was_replaced_and_not_removed_is_removed_on_resume(
        make_runner, tmp_path):
    settings = hooks(max_keep_ckpts=1)
    run = tmp_path / 'run'
    make_runner(max_iters=1, **settings).train()
    (run / 'iter_0.pth').write_bytes(b'of another run')
    first = (run / 'iter_1.pth').read_bytes()
    make_runner(max_iters=2, resume=True, **settings).train()
    (run / 'iter_1.pth').write_bytes(first)  # as if the process had died before it removed it
    make_runner(max_iters=3, resume=True, **settings).train()
    assert names(run) == ['iter_0.pth', 'iter_3.pth']


def test_what_a_killed_run_was_writing_is_cleared_away(make_runner, tmp_path):
    (tmp_path / 'run').mkdir()
    for name in ('iter_7.pth.part', 'best_abs_rel_iter_7.pth.part', 'notes.part'):
        (tmp_path / 'run' / name).write_bytes(b'x')
    make_runner(max_iters=1).train()
    left = {path.name for path in (tmp_path / 'run').glob('*.part')}
    assert left == {'notes.part'}
