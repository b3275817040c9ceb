import dataclasses

import numpy as np
import pytest

from spidepth_mm.evaluation.comparison import compare_results
from spidepth_mm.evaluation.depth_errors import ERROR_NAMES
from spidepth_mm.evaluation.per_image_csv import PerImageResults, write_per_image_csv
from tools.analysis_tools.compare_results import main

COUNT = 40


def results(root='/data/kitti', gain=0., path='a.csv', seed=0):
    """Images of very different difficulty; ``gain`` makes each a little better."""
    difficulty = np.random.default_rng(seed).uniform(0.05, 0.5, COUNT)
    values = {
        name: 1 - difficulty + gain if name in ('a1', 'a2', 'a3') else difficulty - gain
        for name in ERROR_NAMES
    }
    values['num_valid'] = np.full(COUNT, 1000.)
    names = tuple(f'{root}/drive_{index % 4}/{index:010d}.png' for index in range(COUNT))
    return PerImageResults(path, names, 'kitti_eigen', 'median', values)


def test_finds_a_small_gain_under_large_spread():
    noise = np.random.default_rng(1).normal(0, 0.005, COUNT)
    a, b = results(), results(gain=0.01 + noise, path='b.csv')
    comparison = compare_results(a, b)
    assert comparison.num_images == COUNT
    assert [error.name for error in comparison.errors] == list(ERROR_NAMES)
    for error in comparison.errors:
        sign = 1 if error.name in ('a1', 'a2', 'a3') else -1
        assert error.difference == pytest.approx(sign * (0.01 + noise.mean()))
        assert error.difference == pytest.approx(error.mean_b - error.mean_a)
        assert error.low < error.difference < error.high
        assert error.better == 'B'
    assert {error.better for error in compare_results(b, a).errors} == {'A'}


def test_does_not_find_what_is_not_there():
    noise = np.random.default_rng(2).normal(0, 0.05, COUNT)
    comparison = compare_results(results(), results(gain=noise - noise.mean()))
    assert {error.better for error in comparison.errors} == {''}


def test_order_and_data_root_are_free():
    a, b = results(), results(root='D:\\elsewhere'.replace('\\', '/'), gain=0.02)
    order = np.random.default_rng(3).permutation(COUNT)
    shuffled = dataclasses.replace(
        b,
        names=tuple(b.names[i].replace('/', '\\') for i in order),
        values={key: values[order] for key, values in b.values.items()})
    for error in compare_results(a, shuffled).errors:
        assert abs(error.difference) == pytest.approx(0.02)


def test_excluded_images_stay_out():
    a, b = results(), results(gain=0.02)
    for each in (a, b):
        each.values['num_valid'][:5] = 0
        for name in ERROR_NAMES:
            each.values[name][:5] = np.nan
    comparison = compare_results(a, b)
    assert comparison.num_images == COUNT - 5
    assert abs(comparison.errors[0].difference) == pytest.approx(0.02)


def test_refuses_what_cannot_be_compared():
    a, b = results(), results(path='b.csv')
    with pytest.raises(ValueError, match=r"protocol 'kitti_eigen', b.csv with 'stereo'"):
        compare_results(a, dataclasses.replace(b, protocol='stereo'))
    with pytest.raises(ValueError, match=r"scaling 'median', b.csv with 'none'"):
        compare_results(a, dataclasses.replace(b, scaling='none'))
    other = (*b.names[:-1], b.names[-1].replace('0000000039', '0000000077'))
    with pytest.raises(ValueError, match=r'1 only in the first, 1 only in the second.*0000000039'):
        compare_results(a, dataclasses.replace(b, names=other))
    values = dict(b.values, num_valid=b.values['num_valid'] + (np.arange(COUNT) < 3))
    with pytest.raises(ValueError, match='3 of 40 images have another number of valid'):
        compare_results(a, dataclasses.replace(b, values=values))


def test_command(tmp_path, capsys):
    for name, gain in [('a', 0.), ('b', 0.01)]:
        of_name = results(gain=gain)
        rows = [
            dict(num_valid=10, **{key: float(of_name.values[key][i])
                                  for key in ERROR_NAMES}) for i in range(COUNT)
        ]
        write_per_image_csv(tmp_path / f'{name}.csv', of_name.names, rows, 'stereo', 'none')
    paths = [str(tmp_path / 'a.csv'), str(tmp_path / 'b.csv')]
    assert main([*paths, '--level', '0.9']) == 0
    printed = capsys.readouterr().out
    assert '40 images, protocol stereo, scaling none' in printed
    assert '90% from' in printed
    line, = (line for line in printed.splitlines() if line.startswith('abs_rel'))
    assert line.split()[3:] == ['-0.0100', '-0.0100', '-0.0100', 'B']

    assert main([paths[0], str(tmp_path / 'none.csv')]) == 2
    assert 'none.csv' in capsys.readouterr().err
    assert main([*paths, '--level', '95']) == 2
    assert 'between 0 and 1' in capsys.readouterr().err
