import copy

import pytest
import torch.multiprocessing

from spidepth_mm.datasets.bad_files import BadFileLedger
from spidepth_mm.datasets.errors import TooManyBadImagesError, UnreadableImageError


def _paths(count):
    return [f'/data/{number}.png' for number in range(count)]


def test_counts_and_warns_once_a_file(logged):
    ledger = BadFileLedger(_paths(1000) + _paths(10))
    assert ledger.num_files == 1000
    for _ in range(3):
        ledger.report(UnreadableImageError('/data/7.png', 'zero bytes'))
    ledger.report(UnreadableImageError('/data/8.png', 'zero bytes'))
    assert ledger.num_bad == 2
    assert len(logged) == 2
    assert '1 of 1000 files cannot be read so far; latest: /data/7.png: zero bytes' in logged[0]
    assert '2 of 1000' in logged[1]


def test_stops_beyond_the_allowed_share(logged):
    ledger = BadFileLedger(_paths(200), max_fraction=0.01)
    for number in range(2):
        ledger.report(UnreadableImageError(f'/data/{number}.png', 'zero bytes'))
    with pytest.raises(TooManyBadImagesError, match=r'3 of 200 .* more than 1.00%'):
        ledger.report(UnreadableImageError('/data/2.png', 'zero bytes'))
    # An already known file does not make it go on.
    with pytest.raises(TooManyBadImagesError):
        ledger.report(UnreadableImageError('/data/0.png', 'zero bytes'))


def test_a_single_bad_file_never_stops(logged):
    ledger = BadFileLedger(_paths(3))
    ledger.report(UnreadableImageError('/data/0.png', 'zero bytes'))
    with pytest.raises(TooManyBadImagesError):
        ledger.report(UnreadableImageError('/data/1.png', 'zero bytes'))


def test_a_foreign_file_is_raised():
    ledger = BadFileLedger(_paths(3))
    with pytest.raises(UnreadableImageError, match='elsewhere'):
        ledger.report(UnreadableImageError('/elsewhere.png', 'zero bytes'))


@pytest.mark.parametrize('method', ['fork', 'spawn'])
def test_processes_and_copies_share_the_count(method):
    ledger = BadFileLedger(_paths(1000))
    copied = copy.deepcopy(dict(ledger=ledger))['ledger']
    error = UnreadableImageError('/data/3.png', 'zero bytes')
    worker = torch.multiprocessing.get_context(method).Process(
        target=copied.report, args=(error, ))
    worker.start()
    worker.join(120)
    assert worker.exitcode == 0
    assert ledger.num_bad == 1


def test_refuses_a_share_that_is_none():
    with pytest.raises(ValueError, match=r'must lie in \[0, 1\], but got 5'):
        BadFileLedger(_paths(3), max_fraction=5)
