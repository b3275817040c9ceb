"""The benchmark tool runs, and what it compares is the same thing. Nothing here is timed."""

import json

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

from benchmarks import data, evaluation, head, inference, loss, memory, scaling, train_step
from benchmarks.baseline.decoder import PlainUNetDecoder
from benchmarks.baseline.evaluation import evaluate, project
from benchmarks.baseline.train_step import PlainTrainer
from benchmarks.timing import COLUMNS, Case, measure
from spidepth_mm.datasets.velodyne import project_scan
from spidepth_mm.models.backbones.convnext import FAST_LAYERS
from tools.analysis_tools.benchmark import STAGES, main, measure_alone, parse_args


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


def test_a_stage_in_a_process_of_its_own():
    args = parse_args(['evaluation', '--images', '1', '--repeats', '1'])
    rows, table, detail = measure_alone('evaluation', args)
    assert [tuple(row) for row in rows] == 4 * [COLUMNS]
    assert '| ground-truth-export, ' in table
    assert detail.startswith('1 images, 1 repeats')


def test_stages_without_images(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(loss, 'SHAPES', ((1, 24, 32), (2, 24, 32)))
    numbers = tmp_path / 'numbers.json'
    main(['loss', '--repeats', '1', '--json', str(numbers), '--clock', 'cpu'])
    rows = json.loads(numbers.read_text())
    assert len(rows) == 2
    for row in rows:
        assert tuple(row) == COLUMNS
        assert 0 < row['peak_mib_ours'] < 2
        # Where two errors are all but equal, rounding decides who gets the gradient.
        assert row['max_abs_diff'] < 1e-3
    assert '## loss, ' in capsys.readouterr().out


def test_data_stage_compares_the_same_frames(monkeypatch):
    monkeypatch.setattr(data, 'SHAPE', (60, 100))
    monkeypatch.setattr(data, 'SCALES', ((96, 64), ))
    for case in data.cases(2):
        ours, theirs = case.ours(), case.baseline()
        assert len(ours) == len(theirs) == case.items == 2
        assert case.difference(ours, theirs) < 0.2  # bicubic against Lanczos
        assert ours[0]['inputs'].shape == (3, 3, 64, 96)
        assert theirs[0]['2 jittered'].shape == (3, 64, 96)
        assert not torch.equal(theirs[0]['0'], theirs[0]['0 jittered'])
        assert torch.equal(theirs[1]['0'], theirs[1]['0 jittered'])


def test_the_plain_head_is_ours():
    for case in head.cases((128, 128), num_queries=16):
        assert case.difference(case.ours(), case.baseline()) < 1e-3  # of 80 m


def test_the_plain_training_step_is_ours():
    trainer = train_step.Trainer(size=(96, 96), batch=2)
    plain = PlainTrainer(trainer.model, train_step.LR, 1e-3)
    assert not {type(layer) for layer in plain.model.modules()} & set(FAST_LAYERS.values())
    inputs = trainer.prepare()['inputs']
    for _ in range(2):
        torch.manual_seed(2)
        expected = plain.step(inputs, trainer.offsets)
        torch.testing.assert_close(trainer.step(), expected, rtol=1e-4, atol=1e-5)


def test_the_plain_decoder_is_ours():
    neck = MODELS.build(dict(type='spidepth_mm.UNetDecoder', in_channels=[4, 6, 8],
                             decoder_channels=[8, 6, 4], out_channels=3)).eval()
    features = [torch.randn(2, c, 2 * s, 3 * s) for c, s in ((4, 4), (6, 2), (8, 1))]
    torch.testing.assert_close(neck(features)[0], PlainUNetDecoder(neck)(features)[0])


def test_inference_stage(monkeypatch):
    monkeypatch.setattr(inference, 'SIZE', (256, 256))
    monkeypatch.setattr(inference, 'DECODERS', {'small decoder': (16, 16, 8, 8)})
    monkeypatch.setattr(inference, 'has_fast_bfloat16', lambda: True)
    monkeypatch.setitem(inference.HEAD, 'model.head.num_queries', 16)
    exact, half = inference.cases()
    assert exact.difference(exact.ours(), exact.baseline()) < 1e-3
    assert exact.difference(exact.ours(), exact.baseline()) < half.difference(
        half.ours(), half.baseline()) < 8


def test_scaling_counts_steps_and_samples(monkeypatch):
    rows = scaling.measure(1, changes=[dict(size=(96, 96), batch=2, offsets=('s', ))])
    assert rows[0]['sample_ms'] == rows[0]['ours_ms'] / 2
    assert rows[0]['sources'] == 1
    assert [name for name in COLUMNS if rows[0][name] is not None] == [
        'case', 'ours_ms', 'peak_mib_ours']
    table = scaling.markdown_table(rows)
    assert table.splitlines()[-1].startswith('| atto | 96x96 | 2 | 1 |')


@pytest.mark.parametrize('meter', ['arrays', 'process'])
def test_memory_of_arrays(meter):
    found = memory.METERS[meter](lambda: [np.ones(2**21), np.ones(2**21)])
    assert found == pytest.approx(32, abs=4)


def test_memory_of_tensors():
    def call():
        torch.ones(2**21)  # freed at once
        kept = torch.ones(2**20)
        return kept + 1

    assert memory.tensors(call) == pytest.approx(8, abs=0.1)


def test_an_unknown_stage_is_answered_with_the_valid_ones(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['evluation'])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert all(stage in said for stage in (*STAGES, 'all'))


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
