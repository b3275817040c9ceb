import csv
import math

import numpy as np
import pytest

from spidepth_mm.evaluation import evaluate_depth, per_image_csv
from spidepth_mm.evaluation.per_image_csv import read_per_image_csv, write_per_image_csv


def results_of(scaling=None):
    rng = np.random.default_rng(0)
    maps = rng.uniform(1, 80, (3, 2, 40, 60)).astype(np.float32)
    maps[1, 1] = 0
    return [evaluate_depth(pred, gt, 'kitti_eigen', scaling=scaling) for pred, gt in maps]


@pytest.mark.parametrize('scaling', ['median', 'least_squares_shift'])
def test_round_trip(tmp_path, scaling):
    path = tmp_path / 'new' / 'folder' / 'results.csv'
    names, results = ['a/0, 1.png', 'a/1.png', 'b/é.png'], results_of(scaling)
    write_per_image_csv(path, names, results, 'kitti_eigen', scaling)
    read = read_per_image_csv(path)
    assert read.names == tuple(names)
    assert (read.protocol, read.scaling) == ('kitti_eigen', scaling)
    assert set(read.values) == set(results[0])
    for key, values in read.values.items():
        # The very same numbers, NaN where an image was excluded.
        np.testing.assert_array_equal(values, [result[key] for result in results])
    assert read.values['num_valid'][1] == 0
    assert math.isnan(read.values['abs_rel'][1])


def test_columns(tmp_path):
    write_per_image_csv(tmp_path / 'r.csv', ['a', 'b', 'c'], results_of(), 'kitti_eigen', 'median')
    with open(tmp_path / 'r.csv', newline='') as file:
        header, first, second, _ = csv.reader(file)
    assert header[:5] == ['img_path', 'protocol', 'scaling', 'num_valid', 'abs_rel']
    assert first[0] == 'a'
    assert second[3:] == ['0', *[''] * (len(header) - 4)]


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'r.csv'
    path.write_text('old')

    def full(value):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(per_image_csv, '_cell', full)
    with pytest.raises(OSError, match='No space left'):
        write_per_image_csv(path, ['a', 'b', 'c'], results_of(), 'kitti_eigen', 'median')
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


HEADER = 'img_path,protocol,scaling,num_valid,abs_rel\n'


@pytest.mark.parametrize('text, message', [
    ('', 'no column img_path'),
    ('img_path,abs_rel\na,1\n', 'no column protocol, scaling, num_valid'),
    (HEADER, 'no rows'),
    (HEADER + 'a,stereo,none,5,0.1\na,stereo,none,5,0.1\n', 'names 1 images twice'),
    (HEADER + 'a,stereo,none,5,0.1\nb,kitti_eigen,none,5,0.1\n',
     'more than one protocol: kitti_eigen, stereo'),
    (HEADER + 'a,stereo,none,5,x\n', 'non-numeric'),
    (HEADER + 'a,stereo\n', 'cut off'),
    (HEADER + 'é,stereo,none,5,1\n', "is no CSV file .'utf-8' codec"),
])
def test_wrong_files(tmp_path, text, message):
    path = tmp_path / 'r.csv'
    path.write_text(text, encoding='latin-1')
    with pytest.raises(ValueError, match=message) as error:
        read_per_image_csv(path)
    assert str(path) in str(error.value)
