import os
import resource
import signal

import pytest

from spidepth_mm.utils.atomic_write import write_atomically


def test_replaces_what_is_there(tmp_path):
    path = tmp_path / 'a.bin'
    for content in (b'first', b'second'):
        write_atomically(str(path), content)
        assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ['a.bin']


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / 'a.bin'
    path.write_bytes(b'old')
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(OSError, match=f"too large: '{path}'"):
            write_atomically(str(path), b'x' * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b'old'
    assert os.listdir(tmp_path) == ['a.bin']


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"/none/a\.bin'$"):
        write_atomically(str(tmp_path / 'none' / 'a.bin'), b'x')
