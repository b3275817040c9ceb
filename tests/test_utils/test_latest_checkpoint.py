import os

import pytest
import torch
from hostile_pickle import Payload

from spidepth_mm.utils import latest_checkpoint as module
from spidepth_mm.utils.checkpoint import CheckpointError, UnsafeCheckpointError
from spidepth_mm.utils.latest_checkpoint import latest_checkpoint


@pytest.fixture
def warned(monkeypatch):
    messages = []
    monkeypatch.setattr(
        module, 'print_log',
        lambda message, logger, level: messages.append(message))
    return messages


@pytest.fixture
def run(tmp_path):
    """``run(3)`` writes iter_1.pth to iter_3.pth, one a second; the last is noted."""

    def write(count: int):
        for step in range(1, count + 1):
            path = tmp_path / f'iter_{step}.pth'
            torch.save(dict(state_dict=dict(a=torch.full((3, ), float(step)))), path)
            os.utime(path, (step, step))
        (tmp_path / 'last_checkpoint').write_text(str(path))
        return tmp_path

    return write


def name_of(path):
    return os.path.basename(path)


def test_the_noted_one(run, warned):
    work_dir = run(3)
    assert latest_checkpoint(str(work_dir)) == str(work_dir / 'iter_3.pth')
    # Those of a longer run before, which was begun anew, do not count.
    (work_dir / 'last_checkpoint').write_text(str(work_dir / 'iter_1.pth'))
    assert name_of(latest_checkpoint(str(work_dir))) == 'iter_1.pth'
    assert warned == []


@pytest.mark.parametrize('damage', ['truncated', 'empty', 'missing', 'zeros'])
def test_falls_back_to_the_one_before_with_a_warning(run, warned, damage):
    work_dir = run(3)
    path = work_dir / 'iter_3.pth'
    content = path.read_bytes()
    if damage == 'missing':
        path.unlink()
    else:
        path.write_bytes(dict(truncated=content[:len(content) // 2], empty=b'',
                              zeros=bytes(len(content)))[damage])
    assert name_of(latest_checkpoint(str(work_dir))) == 'iter_2.pth'
    warning, = warned
    assert 'iter_3.pth' in warned[0]
    assert warning.endswith(f'Continuing from {work_dir / "iter_2.pth"} instead.')


@pytest.mark.parametrize('note', [None, '', '\x00\xff', 'gone/iter_9.pth'])
def test_without_a_usable_note_the_last_written_one(run, warned, note):
    work_dir = run(12)
    if note is None:
        (work_dir / 'last_checkpoint').unlink()
    else:
        (work_dir / 'last_checkpoint').write_text(note)
    expected = 'iter_9.pth' if note and 'iter_9' in note else 'iter_12.pth'
    assert name_of(latest_checkpoint(str(work_dir))) == expected


def test_a_run_that_was_moved(run, warned, tmp_path_factory):
    work_dir = run(2)
    moved = tmp_path_factory.mktemp('elsewhere') / 'run'
    work_dir.rename(moved)
    assert latest_checkpoint(str(moved)) == str(moved / 'iter_2.pth')


def test_nothing_to_continue_from(tmp_path, warned):
    assert latest_checkpoint(str(tmp_path / 'none')) is None
    assert latest_checkpoint(str(tmp_path)) is None
    assert warned == []
    (tmp_path / 'last_checkpoint').write_text('gone/iter_3.pth')
    (tmp_path / 'best_abs_rel_iter_3.pth').write_bytes(b'')
    (tmp_path / 'iter_3.pth.part').write_bytes(b'')
    assert latest_checkpoint(str(tmp_path)) is None
    assert 'starting anew' in warned[0]


def test_all_damaged(run):
    work_dir = run(2)
    for path in work_dir.glob('*.pth'):
        path.write_bytes(b'x')
    with pytest.raises(CheckpointError, match=r'No checkpoint in .* can be read: .*iter_2.*iter_1'):
        latest_checkpoint(str(work_dir))


def test_one_that_could_run_code_is_not_passed_over(run, tmp_path):
    work_dir = run(2)
    torch.save(dict(state_dict=Payload(tmp_path / 'trap')), work_dir / 'iter_2.pth')
    with pytest.raises(UnsafeCheckpointError, match=r'Refused to load .*iter_2\.pth'):
        latest_checkpoint(str(work_dir))
    assert not (tmp_path / 'trap').exists()
