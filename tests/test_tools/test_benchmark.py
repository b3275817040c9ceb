"""The benchmark tool runs, and what it compares is the same thing. Nothing here is timed."""

import json

import numpy as np
import pytest

from benchmarks import evaluation
from benchmarks.baseline.evaluation import evaluate, project
from benchmarks.timing import COLUMNS, Case, measure
from spidepth_mm.datasets.velodyne import project_scan
from tools.analysis_tools.benchmark import STAGES, main


def test_evaluation_stage(tmp_path, capsys):
    numbers, page = tmp_path / 'out' / 'numbers.json', tmp_path / 'page.md'
    page.write_text('# Benchmarks\n')
    main(['evaluation', '--images', '2', '--repeats', '1', '--json', str(numbers),
          '--markdown', str(page)])
    rows = json.loads(numbers.read_text())
    assert [row['case'].split(',')[0] for row in rows] == 2 * ['evaluation'] + 2 * [
        'ground-truth-export']
    for row in rows:
        assert tuple(row) == COLUMNS
        assert min(row['ours_ms'], row['baseline_ms'], row['ratio']) > 0
        assert 0 < row['peak_mib_ours'] < 1000
        assert row['max_abs_diff'] < (1e-5 if row['case'].startswith('evaluation') else 1e-12)
    printed = capsys.readouterr().out
    assert 'processor: ' in printed
    assert page.read_text() == f'# Benchmarks\n\n{printed}'


def test_an_unknown_stage_is_answered_with_the_valid_ones(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['evluation'])
    assert stopped.value.code == 2
    assert all(stage in capsys.readouterr().err for stage in STAGES)


@pytest.mark.parametrize('option', ['--images', '--repeats'])
def test_nothing_to_measure(option, capsys):
    with pytest.raises(SystemExit):
        main(['evaluation', '--images', '1', option, '0'])
    assert f'{option.strip("-")} must be at least 1, but got 0' in capsys.readouterr().err


def test_a_difference_is_not_hidden():
    case = Case('x', lambda: 1., lambda: 3., lambda ours, baseline: abs(ours - baseline), 1)
    assert measure(case, repeats=1, warm_up=1)['max_abs_diff'] == 2
    with pytest.raises(ValueError, match=r'Unknown clock .sun.\. Valid clocks are wall, cpu'):
        measure(case, clock='sun')


def test_drawn_maps_are_as_dense_as_a_real_scan():
    pred, gt = evaluation.draw_maps((192, 640), 0)
    assert (pred.shape, gt.shape) == ((192, 640), evaluation.GT_SHAPE)
    assert (gt > 0).mean() == pytest.approx(evaluation.DENSITY, rel=0.03)
    assert pred.min() > 0
    assert gt.max() < 80


@pytest.mark.parametrize(('colliding', 'left'), [(0., 1.), (1 / 3, 5 / 6)])
def test_drawn_scans_collide_as_often_as_asked(colliding, left):
    depth = project_scan(
        evaluation.draw_scan(colliding, 0), evaluation.IMAGE_FROM_VELODYNE, evaluation.GT_SHAPE)
    points = int(evaluation.DENSITY * depth.size)
    assert np.count_nonzero(depth) == pytest.approx(points * left, abs=2)


def test_the_plain_projection_keeps_the_nearest():
    image_from_velodyne = np.array([[2., -1., 0., 0.], [2., 0., -1., 0.], [1., 0., 0., 0.]])
    scan = np.array([[5., 0., 0., 1.], [3., 0., 0., 1.], [4., 0., 0., 1.], [-4., 0., 0., 1.]],
                    np.float32)
    depth = project(scan, image_from_velodyne, (3, 4))
    assert depth[1, 1] == 3
    assert np.count_nonzero(depth) == 1


def test_the_plain_evaluation_by_hand():
    gt = np.zeros((100, 100), np.float32)
    gt[60, 50], gt[61, 50], gt[10, 50] = 10, 20, 40  # the last one is above the crop
    pred = np.full((100, 100), 1, np.float32)
    errors, error_map = evaluate(pred, gt)
    # Scaled by the median of 10 and 20.
    assert errors[:3] == pytest.approx([(0.5 + 0.25) / 2, (2.5 + 1.25) / 2, 5.])
    assert errors[4:] == [0., 1., 1.]
    assert error_map.sum() == 10
