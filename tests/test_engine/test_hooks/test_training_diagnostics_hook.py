"""Trouble said early and in words."""

import json
import math

import pytest
import torch
from tiny import packed_batch, tiny_model

from spidepth_mm.engine import TrainingDiagnosticsHook
from spidepth_mm.engine.hooks.depth_symptoms import KINDS, measure_depth, measure_motion
from spidepth_mm.engine.hooks.loss_watcher import LossWatcher
from spidepth_mm.geometry import transform_from_axisangle
from spidepth_mm.registry import MODELS
from spidepth_mm.structures import SynthesizedViews

HEALTHY = dict(non_finite=0., depth_spread=0.5, far=0.02, translation=0.08, rotation=0.5,
               automasked=0.3)


def judge(hook, measured, iterations):
    said = []
    for iteration in iterations:
        hook.judge(measured, iteration, lambda text, i=iteration: said.append((i, text)))
    return said


def test_depth_is_measured_within_each_image():
    flat = torch.stack([torch.full((1, 4, 6), 2.), torch.full((1, 4, 6), 40.)])
    measured = measure_depth(flat, max_depth=42.)
    assert measured == dict(non_finite=0., depth_spread=0., far=0.5)
    halves = torch.ones(1, 1, 4, 6)
    halves[..., 3:] = math.exp(2.)
    assert measure_depth(halves)['depth_spread'] == pytest.approx(1., rel=0.03)
    assert 'far' not in measure_depth(halves)


def test_an_image_with_nan_counts_as_such_only():
    depth = torch.rand(2, 1, 4, 6) + 1
    spread = measure_depth(depth[:1])['depth_spread']
    depth[1, 0, 0, :3] = math.nan
    measured = measure_depth(depth, max_depth=80.)
    assert measured['non_finite'] == pytest.approx(3 / 48)
    assert measured['depth_spread'] == pytest.approx(spread)
    assert 'depth_spread' not in measure_depth(depth * math.nan)


def views_of(axisangle, translation, depth, offsets):
    motion = transform_from_axisangle(torch.tensor(axisangle), torch.tensor(translation))
    image = torch.zeros(1, 3, 4, 6)
    sources = image[:, None].expand(-1, len(offsets), -1, -1, -1)
    return SynthesizedViews(
        image, sources, sources, sources[:, :, :1] > -1, torch.full((1, 1, 4, 6), depth),
        source_from_target=motion[None], frame_offsets=offsets)


def test_motion_is_per_frame_and_in_units_of_the_depth():
    views = views_of([[0., 0.2, 0.], [0.1, 0., 0.], [0., 0., 0.]],
                     [[0., 0., 2.], [0., 0., -1.], [9., 0., 0.]], 10., (2, -1, 's'))
    measured = measure_motion(views)
    assert measured['translation'] == pytest.approx(0.1)
    assert measured['rotation'] == pytest.approx(math.degrees(0.1), rel=1e-5)


def test_stereo_alone_has_no_predicted_motion():
    assert measure_motion(views_of([[0., 0., 0.]], [[1., 0., 0.]], 10., ('s', ))) == {}


TROUBLES = [
    ('non_finite_depth', dict(non_finite=0.25), '25 % of the predicted depth is NaN', True),
    ('collapsed_depth', dict(depth_spread=0.01), 'varies by 1 % only', False),
    ('holes_at_infinity', dict(far=0.6), '60 % of the pixels are at the far end', False),
    ('small_motion', dict(translation=1e-5), 'almost none: 1e-05 of the mean depth', False),
    ('large_motion', dict(translation=3.), 'is 3.0 of the mean depth', True),
    ('large_rotation', dict(rotation=45.), 'is 45 degrees per frame', True),
    ('much_automasked', dict(automasked=0.99), '99 % of the pixels are auto-masked', False)]


def test_each_kind_is_tested():
    assert tuple(kind for kind, *_ in TROUBLES) == KINDS


@pytest.mark.parametrize(('kind', 'sick', 'words', 'early'), TROUBLES)
def test_a_kind_is_said_in_words_once_an_interval(kind, sick, words, early):
    hook = TrainingDiagnosticsHook(begin=100, warn_interval=200, patience=2)
    said = judge(hook, {**HEALTHY, **sick}, range(50, 501, 50))
    assert [i for i, _ in said] == ([100, 300, 500] if early else [150, 350])
    for _, text in said:
        assert words in text
        assert 'Usual causes: ' in text
    other = TrainingDiagnosticsHook(begin=100, patience=2, limits={kind: None})
    assert judge(other, {**HEALTHY, **sick}, range(50, 501, 50)) == []


def test_health_is_quiet():
    assert judge(TrainingDiagnosticsHook(begin=0, patience=1), HEALTHY, range(50, 501, 50)) == []
    assert judge(TrainingDiagnosticsHook(begin=0, patience=1), {}, range(50, 501, 50)) == []


def test_what_passes_is_not_said():
    hook = TrainingDiagnosticsHook(begin=0, patience=2)
    said = []
    for iteration, masked in enumerate((0.99, 0.3, 0.99, 0.3)):
        hook.judge(dict(HEALTHY, automasked=masked), iteration, said.append)
    assert said == []


def test_limits_can_be_moved():
    hook = TrainingDiagnosticsHook(begin=0, patience=1, limits=dict(much_automasked=0.2))
    assert '30 % of the pixels are auto-masked' in judge(hook, HEALTHY, [50])[0][1]


@pytest.mark.parametrize(('arguments', 'message'), [
    (dict(interval=0), 'interval must be at least 1, got 0'),
    (dict(patience=0), 'patience must be at least 1, got 0'),
    (dict(warn_interval=0), 'warn_interval must be at least 1, got 0'),
    (dict(limits=dict(holes=1.)), "Unknown kind 'holes' in limits. Valid kinds are .*'holes_at")])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        TrainingDiagnosticsHook(**arguments)


def test_a_collapsed_net_is_found(default_scope):
    model = MODELS.build(tiny_model())
    with torch.no_grad():
        model.head.bin_conv.weight.zero_()
    watcher = LossWatcher(model)
    terms = model(**model.data_preprocessor(packed_batch(), True), mode='loss')
    watcher.close()
    measured = TrainingDiagnosticsHook().measure(model, watcher, terms)
    assert set(measured) == set(HEALTHY)
    assert measured['depth_spread'] < 1e-4
    assert measured['automasked'] == pytest.approx(terms['automasked'].item())
    assert measured['far'] == 0
    assert not [name for name in measured if 'loss' in name]


def test_a_run_draws_the_scalars(make_runner, tmp_path):
    hook = dict(type='TrainingDiagnosticsHook', interval=2)
    runner = make_runner(max_iters=4, custom_hooks=[dict(type='PlainCheckpointHook'), hook])
    runner.train()
    path, = (tmp_path / 'run').glob('*/vis_data/scalars.json')
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    drawn = [line for line in lines if 'diagnostics/depth_spread' in line]
    assert [line['step'] for line in drawn] == [2, 4]
    assert set(drawn[0]) == {f'diagnostics/{name}' for name in HEALTHY} | {'step'}
    plain = make_runner('plain', max_iters=4)
    plain.train()
    assert runner.kept.losses == plain.kept.losses
