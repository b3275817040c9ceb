import pytest

from spidepth_mm.datasets.split_leaks import drive_names, find_split_leaks, read_split
from spidepth_mm.datasets.splits import SplitEntry, load_split

DAY = '2011_09_26'
DRIVE = f'{DAY}/{DAY}_drive_0001_sync'
OTHER = f'{DAY}/{DAY}_drive_0002_sync'


def _entries(*frames, drive=DRIVE, side='l'):
    return [SplitEntry(drive, frame, side) for frame in frames]


def _kinds(train, test, frame_offsets=(-1, 1, 's')):
    leaks = find_split_leaks(train, test, frame_offsets)
    return (leaks.as_target, leaks.as_neighbour, leaks.as_partner, leaks.other_camera, leaks.seen)


@pytest.mark.parametrize('test', ['eigen_test', 'eigen_benchmark_test'])
@pytest.mark.parametrize('train', ['eigen_zhou_train', 'eigen_full_train'])
def test_the_clean_split_is_clean(train, test):
    leaks = find_split_leaks(load_split(train), load_split(test), (-1, 1, 's'))
    assert not leaks.is_leak()
    assert (leaks.seen, leaks.shared_drives, leaks.train_in_shared) == (0, (), 0)
    assert leaks.num_train == len(load_split(train))
    assert leaks.num_test == len(load_split(test))
    assert leaks.summary() == 'the train list shares no image and no drive with the test list'


def test_a_list_of_test_drives_leaks():
    test = load_split('eigen_test')
    # Like a list that was made by leaving the test images out, not their drives.
    train = [SplitEntry(e.drive, e.frame + 1, e.side) for e in test
             if '09_26_drive_0002' in e.drive]
    leaks = find_split_leaks(load_split('eigen_zhou_train') + train, test, (-1, 1, 's'))
    assert leaks.is_leak()
    assert (leaks.as_target, leaks.as_neighbour, leaks.seen) == (0, 25, 25)
    assert leaks.shared_drives == ('2011_09_26_drive_0002_sync', )
    assert leaks.train_in_shared == 25
    assert leaks.summary() == 'training sees 25 of 697 test images and 1 of 28 test drives'


@pytest.mark.parametrize('train, offsets, expected', [
    (_entries(10), (-1, 1, 's'), (1, 0, 0, 0, 1)),
    (_entries(9), (-1, 1, 's'), (0, 1, 0, 0, 1)),
    (_entries(11), (-1, ), (0, 1, 0, 0, 1)),
    (_entries(11), (1, ), (0, 0, 0, 0, 0)),
    (_entries(9), ('s', ), (0, 0, 0, 0, 0)),
    (_entries(12), (-1, 1, 's'), (0, 0, 0, 0, 0)),
    (_entries(12), (-2, ), (0, 1, 0, 0, 1)),
    (_entries(10, side='r'), ('s', ), (0, 0, 1, 0, 1)),
    (_entries(10, side='r'), (-1, 1), (0, 0, 0, 1, 1)),
    (_entries(11, side='r'), (-1, 1, 's'), (0, 0, 0, 1, 1)),
    (_entries(9, 10, 11), (-1, 1, 's'), (1, 1, 0, 0, 1)),
    (_entries(10, drive=OTHER), (-1, 1, 's'), (0, 0, 0, 0, 0)),
])
def test_kinds_of_sightings_of_one_image(train, offsets, expected):
    assert _kinds(train, _entries(10), offsets) == expected


def test_shared_drives_are_a_leak_unless_allowed():
    leaks = find_split_leaks(_entries(50, 51) + _entries(3, drive=OTHER), _entries(10), (-1, 1))
    assert leaks.seen == 0
    assert leaks.is_leak()
    assert not leaks.is_leak(allow_shared_drives=True)
    assert (leaks.num_train, leaks.train_in_shared, leaks.num_test_drives) == (3, 2, 1)


def test_images_are_counted_once():
    leaks = find_split_leaks(_entries(1, 1, 2), _entries(1, 1), ())
    assert (leaks.num_train, leaks.num_test, leaks.seen) == (2, 1, 1)


def test_the_day_may_be_left_out():
    assert _kinds(_entries(10, drive=f'{DAY}_drive_0001_sync'), _entries(10))[0] == 1


def test_odometry_sequences_are_raw_drives():
    drive = '2011_09_30/2011_09_30_drive_0028_sync'
    train = _entries(5, drive='8')
    assert _kinds(train, _entries(1105, drive=drive), ()) == (1, 0, 0, 0, 1)
    assert _kinds(train, _entries(5, drive=drive), ()) == (0, 0, 0, 0, 0)
    assert _kinds(train, _entries(5, drive='08'), ()) == (1, 0, 0, 0, 1)
    # The Eigen training list has the whole drive of sequence 09.
    leaks = find_split_leaks(
        load_split('eigen_zhou_train'), load_split('odometry_test_09'), (-1, 1))
    assert leaks.seen == 1590
    assert not find_split_leaks(
        load_split('odometry_train'), load_split('odometry_test_09'), (-1, 1, 's')).is_leak()


def test_drive_names_are_those_of_the_leaks():
    test = load_split('eigen_test')
    leaks = find_split_leaks(test, test, ())
    assert drive_names(test) == set(leaks.shared_drives)
    assert drive_names(_entries(3, drive='4')) == {'2011_09_30_drive_0016_sync'}


def test_description_has_every_count():
    text = find_split_leaks(_entries(9, 10), _entries(10, 30), (-1, 1, 's')).describe()
    numbers = [line.split()[-3:] for line in text.splitlines()]
    assert numbers[0] == ['1', 'of', '2']
    assert [row[-1] for row in numbers[1:5]] == ['1', '1', '0', '0']
    assert numbers[5] == ['1', 'of', '1']
    assert numbers[6] == ['2', 'of', '2']


def test_plain_data():
    plain = find_split_leaks(_entries(10), _entries(10), ()).to_dict()
    assert plain['leak'] is True
    assert plain['shared_drives'] == [f'{DAY}_drive_0001_sync']
    assert plain['as_target'] == 1


def test_read_split(split_file):
    assert read_split('eigen_test') == load_split('eigen_test')
    assert read_split(split_file([f'{DRIVE} 12 r'])) == [SplitEntry(DRIVE, 12, 'r')]
    with pytest.raises(ValueError, match=r"'eigen' is neither a built-in list nor a file.*zhou"):
        read_split('eigen')


def test_unknown_offset():
    with pytest.raises(ValueError, match="Unknown frame offset 'x'"):
        find_split_leaks(_entries(1), _entries(2), ('x', ))
