
import pytest

from spidepth_mm.datasets.camera_check import read_intrinsics
from spidepth_mm.datasets.cityscapes_files import read_camera
from spidepth_mm.utils.text_files import read_json, read_lines, read_text, read_yaml


def test_text_and_lines(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_bytes(b'\xef\xbb\xbfone\r\ntwo\n\nfour')
    assert read_text(str(path)).startswith('one')
    assert list(read_lines(str(path))) == [(1, 'one'), (2, 'two'), (3, ''), (4, 'four')]


def test_what_is_no_text(tmp_path):
    (tmp_path / 'a.txt').write_bytes(b'ok\xff')
    with pytest.raises(ValueError, match=r'a\.txt: not UTF-8 text .* byte 2'):
        read_text(str(tmp_path / 'a.txt'))
    with pytest.raises(ValueError, match='not a file'):
        read_text(str(tmp_path))
    with pytest.raises(ValueError, match='not a file'):
        read_text('/dev/zero')
    with pytest.raises(FileNotFoundError):
        read_text(str(tmp_path / 'absent.txt'))


@pytest.mark.parametrize('read', [read_text, read_json, read_yaml])
def test_huge_files_are_not_read(tmp_path, read):
    path = tmp_path / 'a.txt'
    with open(path, 'wb') as file:
        file.truncate(2**40)  # a sparse terabyte
    with pytest.raises(ValueError, match=r'a\.txt: larger than 1 MiB'):
        read(str(path))


@pytest.mark.parametrize('content', ['{"a": ', '[' * 100_000, '"\ud800'.encode('utf-8', 'ignore')])
def test_broken_json(tmp_path, content):
    path = tmp_path / 'a.json'
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=r'a\.json: truncated, or no JSON'):
        read_json(str(path))


def test_yaml_runs_no_code(tmp_path):
    path = tmp_path / 'a.yaml'
    path.write_text(f'K: !!python/object/apply:os.mkdir ["{tmp_path / "trap"}"]\n')
    with pytest.raises(ValueError, match=r'a\.yaml: no plain YAML .*python/object/apply:os.mkdir'):
        read_yaml(str(path))
    with pytest.raises(ValueError, match=r'a\.yaml'):
        read_intrinsics(str(path))
    assert not (tmp_path / 'trap').exists()


def test_yaml_does_not_unfold(tmp_path):
    """Nine references to nine references ... are 9^9 numbers in 300 bytes."""
    lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]']
    lines += [f'a{i}: &a{i} [{", ".join([f"*a{i - 1}"] * 9)}]' for i in range(1, 9)]
    (tmp_path / 'a.yaml').write_text('\n'.join(lines) + '\nK: *a8\n')
    with pytest.raises(ValueError, match=r'references \(\*name\) are not supported'):
        read_intrinsics(str(tmp_path / 'a.yaml'))


def test_yaml_as_opencv_writes_it(tmp_path):
    (tmp_path / 'a.yaml').write_text(
        '%YAML:1.0\n---\ncamera_matrix: !!opencv-matrix\n   rows: 3\n   cols: 3\n   dt: d\n'
        '   data: [ 70., 0., 61., 0., 70., 18., 0., 0., 1. ]\n')
    assert read_intrinsics(str(tmp_path / 'a.yaml')).tolist() == [
        [70, 0, 61], [0, 70, 18], [0, 0, 1]]


@pytest.mark.parametrize('content', [
    '{"intrinsic": []}', '{"intrinsic": {"fx": 1' + '0' * 400 + '}}', '[]', '{"intrinsic": null}'])
def test_a_camera_file_of_other_content(tmp_path, content):
    (tmp_path / 'camera.json').write_text(content)
    with pytest.raises(ValueError, match=r'camera\.json: camera without intrinsic\.fx'):
        read_camera(str(tmp_path / 'camera.json'))


