import json

import pytest

from spidepth_mm.evaluation.result_files import (
    make_result_tables,
    published_measurements,
    read_result_file,
    read_result_folder,
)


@pytest.fixture
def result(tmp_path):
    """``result('a', abs_rel=0.1, ...)`` writes ``results/a.json``."""

    def write(name, abs_rel=0.1, protocol='kitti_eigen', scaling='median', num_images=697,
              protocol_images=697, flip_tta=False, split_leaks=(), folder='results'):
        path = tmp_path / folder / f'{name}.json'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(
            model=dict(name=name, train='MS', size='96x320'), flip_tta=flip_tta,
            split_leaks=list(split_leaks),
            measurements=[dict(
                protocol=protocol, protocol_images=protocol_images, scaling=scaling,
                num_images=num_images, num_excluded=0,
                errors=dict(abs_rel=abs_rel, rmse=4.5678, scale_median=1.0))])))
        return path

    return write


def test_rows_of_a_folder(result, tmp_path):
    result('worse', 0.2)
    result('better', 0.1, flip_tta=True, folder='results/more')
    table, = make_result_tables(read_result_folder(str(tmp_path / 'results')))
    assert table.header == (
        'method', 'train', 'size', 'protocol', 'images', 'scaling', 'abs_rel', 'rmse')
    assert table.rows == (
        ('worse', 'MS', '96x320', 'kitti_eigen', '697', 'median', '0.2000', '4.568'),
        ('better +', 'MS', '96x320', 'kitti_eigen', '697', 'median', '0.1000', '4.568'))
    assert table.notes == ('+ with flip post-processing', )


def test_what_cannot_be_compared_is_kept_apart(result, tmp_path):
    result('a')
    result('metric', scaling='none')
    result('other', protocol='make3d_c1', num_images=134, protocol_images=134)
    result('leaking', split_leaks=[dict(leak=True)])
    result('part', num_images=25)
    tables = make_result_tables(read_result_folder(str(tmp_path / 'results')))
    assert [(table.protocol, table.scaling, table.leaking, table.comparable)
            for table in tables] == [
        ('kitti_eigen', 'median', False, True), ('kitti_eigen', 'median', False, False),
        ('kitti_eigen', 'median', True, True), ('kitti_eigen', 'none', False, True),
        ('make3d_c1', 'median', False, True)]
    assert all(len(table.rows) == 1 for table in tables)


def test_partly_evaluated_protocol_is_marked(result):
    table, = make_result_tables(read_result_file(str(result('part', num_images=25))))
    assert table.rows[0][0] == 'part *'
    assert table.rows[0][4] == '25 of 697'
    assert 'not all images of the protocol' in table.notes[0]


def test_open_protocol(result):
    path = result('street', protocol='stereo', protocol_images=None, num_images=11)
    table, = make_result_tables(read_result_file(str(path)))
    assert table.rows[0][:5] == ('street', 'MS', '96x320', 'stereo', '11')


def test_published_rows():
    clean, leaking = make_result_tables(published_measurements('kitti_eigen', 'median'))
    assert (clean.leaking, leaking.leaking) == (False, True)
    row = next(row for row in clean.rows if row[0] == 'MonoViT' and row[2] == '320x1024')
    assert row[4:8] == ('published, table 1', 'median', '0.096', '0.714')
    assert leaking.rows[0][0].endswith(' +')


def test_other_json_files_are_left_alone(result, tmp_path):
    result('a')
    folder = tmp_path / 'results'
    (folder / 'log.json').write_text('{"loss": 1}\n{"loss": 2}\n')
    (folder / 'list.json').write_text('[1, 2]')
    assert [entry.name for entry in read_result_folder(str(folder))] == ['a']


def test_bad_input(result, tmp_path):
    with pytest.raises(ValueError, match='No such folder'):
        read_result_folder(str(tmp_path / 'nowhere'))
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='No result file in'):
        read_result_folder(str(tmp_path / 'empty'))
    path = result('broken')
    content = json.loads(path.read_text())
    del content['measurements'][0]['scaling']
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"broken\.json is a damaged result file .*'scaling'"):
        read_result_file(str(path))


@pytest.mark.parametrize('content', [b'{"measurements": [{"protocol"', b'', bytes(range(128, 200))])
def test_a_file_cut_off_is_not_passed_over(result, tmp_path, content):
    result('whole')
    (tmp_path / 'results' / 'cut.json').write_bytes(content)
    with pytest.raises(ValueError, match=r'cut\.json is cut off, or no JSON'):
        read_result_folder(str(tmp_path / 'results'))


def test_ground_truth_of_another_kind_is_marked(result):
    path = result('other_kind')
    content = json.loads(path.read_text())
    content['measurements'][0]['depth_kind'] = 'camera_z'
    path.write_text(json.dumps(content))
    table, = make_result_tables(read_result_file(str(path)))
    assert table.rows[0][0] == 'other_kind !'
    assert table.notes == (
        '! ground truth of another kind: not comparable with published numbers', )
