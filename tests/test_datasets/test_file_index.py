import os

from spidepth_mm.datasets.file_index import FileIndex


def test_lists_each_folder_once(tmp_path, monkeypatch):
    (tmp_path / 'a.png').touch()
    calls = []
    listdir = os.listdir
    monkeypatch.setattr(os, 'listdir', lambda folder: calls.append(folder) or listdir(folder))
    index = FileIndex()
    assert index.exists(str(tmp_path / 'a.png'))
    assert not index.exists(str(tmp_path / 'b.png'))
    assert index.image(str(tmp_path), 'a') == str(tmp_path / 'a.png')
    assert calls == [str(tmp_path)]


def test_absent_folders_are_empty(tmp_path):
    (tmp_path / 'file').touch()
    index = FileIndex()
    assert index.names(str(tmp_path / 'none')) == frozenset()
    assert index.names(str(tmp_path / 'file')) == frozenset()


def test_names_an_absent_image_like_its_neighbours(tmp_path):
    (tmp_path / '0001.jpg').touch()
    index = FileIndex()
    assert index.image(str(tmp_path), '0001').endswith('0001.jpg')
    assert index.image(str(tmp_path), '0002').endswith('0002.jpg')
    assert index.image(str(tmp_path / 'none'), '0002').endswith('0002.png')
