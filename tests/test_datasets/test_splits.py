import hashlib

import pytest

from spidepth_mm.datasets import list_splits, load_split, parse_split_file
from spidepth_mm.datasets.splits import SplitEntry, format_entries

# Number of entries, of drives, and a digest of the sorted 'drive frame side' lines.
FACTS = {
    'eigen_benchmark_test': (652, 28, '4740a4a6145caff3'),
    'eigen_full_train': (45200, 33, '17126e28e06ff5dc'),
    'eigen_full_val': (1776, 33, '9335f2ec109bf5dd'),
    'eigen_test': (697, 28, '2c00307c8186c962'),
    'eigen_zhou_train': (39810, 32, 'd3242503f6bdab82'),
    'eigen_zhou_val': (4424, 31, 'c3cdbc4d8d35e314'),
    'odometry_test_09': (1590, 1, '5540c179e36151a1'),
    'odometry_test_10': (1200, 1, '99f5556d91b92874'),
    'odometry_train': (36671, 9, 'f9f6f22cbdea051e'),
    'odometry_val': (4075, 9, 'fc8380f68ff74a4a'),
}
ORDERED = {
    'eigen_benchmark_test': '0ad3e3d98bcde4ab',
    'eigen_test': 'eb9bb29c11aa559e',
}


def _digest(entries):
    lines = '\n'.join(f'{entry.drive} {entry.frame} {entry.side}' for entry in entries)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def test_all_lists_are_covered():
    assert list_splits() == sorted(FACTS)


@pytest.mark.parametrize('name', sorted(FACTS))
def test_counts_and_digest(name):
    entries = load_split(name)
    assert len(set(entries)) == len(entries)
    assert (len(entries), len({entry.drive for entry in entries}), _digest(sorted(entries))) \
        == FACTS[name]


@pytest.mark.parametrize('name', sorted(ORDERED))
def test_test_lists_keep_the_order_of_the_literature(name):
    entries = load_split(name)
    assert _digest(entries) == ORDERED[name]
    assert entries != sorted(entries)


def test_relations_between_lists():
    test = set(load_split('eigen_test'))
    assert set(load_split('eigen_benchmark_test')) < test
    test_drives = {entry.drive for entry in test}
    for part in ('zhou', 'full'):
        train, val = (set(load_split(f'eigen_{part}_{which}')) for which in ('train', 'val'))
        assert not train & val
        # Clean: no frame of a test drive, left or right, is trained on.
        assert not test_drives & {entry.drive for entry in train | val}
    train, val = set(load_split('odometry_train')), set(load_split('odometry_val'))
    assert not train & val
    assert {entry.drive for entry in train} == {f'{number:02d}' for number in range(9)}


@pytest.mark.parametrize('name', sorted(FACTS))
def test_membership(name, real_data):
    folder = real_data.parent / 'splits'
    path = folder / f'kitti_{name.replace("odometry", "odom")}.txt'
    if not path.is_file():
        pytest.skip(f'no list {path}')
    expected = parse_split_file(str(path))
    if name.startswith('odometry'):
        expected = [entry._replace(drive=f'{int(entry.drive):02d}') for entry in expected]
    if 'test' in name:
        assert load_split(name) == expected
    else:
        assert set(load_split(name)) == set(expected)


def test_compact_form_round_trip(tmp_path, monkeypatch):
    entries = [SplitEntry('a', frame, 'l') for frame in (7, 3, 4, 5, 9)]
    entries += [SplitEntry('a', 3, 'r'), SplitEntry('b', 0, 'l'), SplitEntry('a', 8, 'l')]
    text = format_entries(entries)
    assert text == 'a l 7,3-5,9\na r 3\nb l 0\na l 8\n'
    (tmp_path / 'mine.txt').write_text(text)
    monkeypatch.setattr('spidepth_mm.datasets.splits._FOLDER', str(tmp_path))
    assert load_split('mine') == entries


def test_unknown_name_lists_the_valid_ones():
    with pytest.raises(ValueError, match=r"Unknown split 'eigen'. Valid splits are eigen_bench"):
        load_split('eigen')
    with pytest.raises(ValueError, match=r'Valid splits are odometry_test_09'):
        load_split('eigen_test', prefix='odometry')


def test_reads_a_list_of_ones_own(split_file):
    path = split_file(['# mine', '2011_09_26/2011_09_26_drive_0001_sync 0000000012 r', '', '9 3'])
    assert parse_split_file(path) == [
        ('2011_09_26/2011_09_26_drive_0001_sync', 12, 'r'), ('9', 3, 'l')]


@pytest.mark.parametrize('line', ['drive', 'drive x l', 'drive 3 m', 'drive 3 l more', 'd -1 l'])
def test_names_the_line_that_is_wrong(split_file, line):
    with pytest.raises(ValueError, match=r'my_split.txt, line 2: got .* expected "drive frame'):
        parse_split_file(split_file(['9 3 l', line]))


def test_an_empty_list_is_an_error(split_file):
    with pytest.raises(ValueError, match='lists no frame'):
        parse_split_file(split_file(['']))
