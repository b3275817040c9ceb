"""What a run logged."""

import json
import math

import cv2
import numpy as np
import pytest

from tools.analysis_tools.analyze_logs import curve_of, main, read_log, smoothed, step_times

# As mmengine writes it: training, validation (no 'lr'), diagnostics.
RECORDS = [
    dict(lr=1e-4, time=9., data_time=1., loss=4., iter=10, step=10),
    dict(lr=1e-4, time=2., data_time=1., loss=3., iter=20, step=20),
    {'diagnostics/far': 0.1, 'step': 20},
    dict(abs_rel=0.5, time=0.1, data_time=0.1, step=20),
    dict(lr=1e-4, time=7., data_time=1., loss=math.nan, iter=30, step=30),
    dict(lr=1e-4, time=4., data_time=1., loss=1., iter=40, step=40),
    dict(abs_rel=0.25, time=0.1, data_time=0.1, step=40)]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / 'run' / 'time' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, RECORDS)) + '\n\n')
    return str(path)


def test_curves_have_the_steps_that_were_logged(log):
    records = read_log(log)
    steps, values = curve_of(records, 'abs_rel')
    assert (steps.tolist(), values.tolist()) == ([20, 40], [0.5, 0.25])
    steps, values = curve_of(records, 'loss')
    assert steps.tolist() == [10, 20, 30, 40]
    assert math.isnan(values[2])


def test_of_a_resumed_run_the_later_value_counts():
    steps, values = curve_of([dict(loss=1., step=2), dict(loss=9., step=4),
                              dict(loss=2., step=4), dict(loss=3., step=3)], 'loss')
    assert (steps.tolist(), values.tolist()) == ([2, 3, 4], [1., 3., 2.])


def test_smoothing_leaves_out_what_is_not_finite():
    values = np.array([4., 2., math.nan, 0.])
    assert smoothed(values, 2).tolist() == [4., 3., 2., 0.]
    assert np.array_equal(smoothed(values, 1), values, equal_nan=True)


def test_times_without_starts_and_validations():
    steps, times = step_times(RECORDS, include_outliers=False)
    assert (steps.tolist(), times.tolist()) == ([20, 40], [2., 4.])
    assert step_times(RECORDS, include_outliers=True)[1].tolist() == [9., 2., 7., 4.]
    with pytest.raises(ValueError, match='--include-outliers'):
        step_times(RECORDS[:1], include_outliers=False)


def test_the_time_report(log, capsys):
    main(['cal_train_time', log])
    assert capsys.readouterr().out == (
        f'-----Analyze train time of {log}-----\n'
        'slowest at iteration 40, 4.0000 s/iter\nfastest at iteration 20, 2.0000 s/iter\n'
        'time std: 1.0000 s/iter\naverage iter time: 3.0000 s/iter\n\n')


def test_a_figure_is_written(log, tmp_path):
    out = tmp_path / 'figures' / 'curve.png'
    main(['plot_curve', log, log, '--keys', 'loss', 'abs_rel', '--out', str(out),
          '--legend', 'a', 'b', 'c', 'd', '--title', 'x', '--window-size', '6*4',
          '--style', 'ggplot'])
    assert cv2.imread(str(out)).std() > 1


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--keys', 'los'], "The log has no 'los'. It has abs_rel, data_time, diagnostics/far, iter"),
    (['--style', 'wild'], "Unknown style 'wild'. Valid styles are default,")])
def test_bad_choices_are_one_message(log, tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        main(['plot_curve', log, '--out', str(tmp_path / 'x.png'), *arguments])
    assert stopped.value.code == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / 'x.png').exists()


@pytest.mark.parametrize(('content', 'message'), [
    ('', 'is empty'), ('{"loss": 1}\nloss 2\n', 'line 2 is no JSON object'),
    ('[1]\n', 'line 1 is no JSON object')])
def test_bad_files_are_one_message(tmp_path, capsys, content, message):
    path = tmp_path / 'scalars.json'
    path.write_text(content)
    with pytest.raises(SystemExit):
        main(['cal_train_time', str(path)])
    assert message in capsys.readouterr().err


def test_absent_files_and_folders(tmp_path, capsys):
    for path, message in ((tmp_path / 'x.json', 'No such file'), (tmp_path, 'is a folder')):
        with pytest.raises(SystemExit):
            main(['cal_train_time', str(path)])
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--legend', 'a', 'b'], '--legend needs 1 names'),
    (['--window-size', '12'], "'12' is no size"), (['--window-size', '0*3'], "'0*3' is no size")])
def test_bad_arguments(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['plot_curve', 'x.json', *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
