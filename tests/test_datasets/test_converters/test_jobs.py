import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from spidepth_mm.datasets import UnreadableImageError
from spidepth_mm.datasets.converters.jobs import (
    DONE,
    FAILED,
    MISSING,
    SKIPPED,
    Outcome,
    count,
    list_troubles,
    run_jobs,
)


def square(number):
    if number == 13:
        raise UnreadableImageError('13.png', 'unlucky')
    return Outcome(DONE, str(number), details=dict(square=number**2, pid=os.getpid()))


def full_disk(number):
    raise OSError(28, 'No space left on device')


@pytest.mark.parametrize('workers', [0, 2])
def test_outcomes_keep_their_order(workers):
    outcomes = run_jobs(square, range(30), workers, progress=False)
    assert [outcome.details and outcome.details['square'] for outcome in outcomes] == [
        None if number == 13 else number**2 for number in range(30)]
    assert outcomes[13] == Outcome(FAILED, '13.png', 'unlucky')
    pids = {outcome.details['pid'] for outcome in outcomes if outcome.details}
    assert (os.getpid() in pids) == (workers == 0)


@pytest.mark.parametrize('workers', [0, 2])
def test_a_full_disk_stops_everything(workers):
    with pytest.raises(OSError, match='No space left'):
        run_jobs(full_disk, range(30), workers, progress=False)


def slow(path):
    """Writes its process' id and takes its time."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(0.2)
    Path(path).with_suffix('.done').touch()
    return Outcome(DONE, path)


@pytest.mark.parametrize('how', [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_command_leaves_no_process(tmp_path, how):
    """Its workers finish what they are writing, and end."""
    paths = [str(tmp_path / f'{number}.pid') for number in range(40)]
    command = multiprocessing.get_context('fork').Process(
        target=run_jobs, args=(slow, paths, 2, False))
    command.start()
    _wait_for(lambda: len(list(tmp_path.glob('*.pid'))) >= 2)
    os.kill(command.pid, how)
    command.join()
    workers = {int(path.read_text() or 0) for path in tmp_path.glob('*.pid')}
    _wait_for(lambda: not any(map(_lives, workers - {0})))
    done, begun = (sorted(path.stem for path in tmp_path.glob(f'*.{suffix}'))
                   for suffix in ('done', 'pid'))
    assert done == begun
    assert len(done) < 40


def _wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def _lives(pid):
    try:
        return 'Z' not in Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2]
    except OSError:
        return False


def test_shows_a_bar(capsys):
    run_jobs(square, range(3))
    assert '3/3' in capsys.readouterr().out
    assert run_jobs(square, []) == []


def test_words_for_people():
    outcomes = [Outcome(DONE, 'a'), Outcome(SKIPPED, 'b'), Outcome(MISSING, 'c'),
                Outcome(FAILED, 'd', 'why')] + [Outcome(MISSING, 'm')] * 4
    assert count(outcomes) == '1 done, 1 skipped (done before), 5 missing, 1 failed'
    assert count([]) == 'nothing to do'
    assert list_troubles(outcomes, limit=2) == [
        '  missing: c', '  missing: m', '  missing: and 3 more', '  failed: d (why)']
