import pytest

from tools.analysis_tools.check_split_leak import main

DRIVE = '2011_09_26/2011_09_26_drive_0002_sync'


@pytest.fixture
def train_file(tmp_path):

    def write(*lines):
        path = tmp_path / 'train.txt'
        path.write_text('\n'.join(lines) + '\n')
        return str(path)

    return write


def test_clean_split(capsys):
    assert main(['eigen_zhou_train', 'eigen_test']) == 0
    out = capsys.readouterr().out
    assert 'train: eigen_zhou_train, 39810 images, frame offsets -1 1 s' in out
    assert 'clean: the train list shares no image and no drive with the test list.' in out


def test_leak(train_file, capsys):
    # 69 and 54 are test images; the targets are a neighbour and a partner.
    path = train_file(f'{DRIVE} 0000000070 l', f'{DRIVE} 54 r')
    assert main([path, 'eigen_test']) == 1
    out = capsys.readouterr().out
    assert 'shared: 2011_09_26_drive_0002_sync' in out
    assert 'LEAK: training sees 2 of 697 test images and 1 of 28 test drives.' in out


def test_frame_offsets_count(train_file, capsys):
    path = train_file(f'{DRIVE} 70 l')
    assert main([path, 'eigen_test', '--frame-offsets', '1', 's', '--allow-shared-drives']) == 0
    assert 'clean: training sees 0 of 697 test images and 1 of 28' in capsys.readouterr().out
    assert main([path, 'eigen_test', '--frame-offsets', '1', 's']) == 1
    assert main([path, 'eigen_test', '--frame-offsets', '-1', '--allow-shared-drives']) == 1


def test_bad_input(train_file, capsys):
    assert main(['no_such_list', 'eigen_test']) == 2
    assert 'neither a built-in list nor a file' in capsys.readouterr().err
    assert main([train_file('one two three'), 'eigen_test']) == 2
    assert 'line 1' in capsys.readouterr().err
    assert main(['eigen_zhou_train', 'eigen_test', '--frame-offsets', 'q']) == 2
    assert "Unknown frame offset 'q'. Valid offsets are integers" in capsys.readouterr().err
