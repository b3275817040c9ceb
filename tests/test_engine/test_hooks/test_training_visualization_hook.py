"""Pictures of training, as the loss saw it."""

import cv2
import numpy as np
import pytest
import torch
from tiny import HEIGHT, WIDTH, packed_batch, tiny_model
from torch import nn

from spidepth_mm.engine import TrainingVisualizationHook
from spidepth_mm.engine.hooks.loss_watcher import LossWatcher, losses_of
from spidepth_mm.registry import MODELS

LABEL = 18
HOOK = dict(type='TrainingVisualizationHook', interval=2)


@pytest.fixture
def estimator(default_scope):
    return MODELS.build(tiny_model())


def losses_seen(model, **batch):
    watcher = LossWatcher(model)
    model(**model.data_preprocessor(packed_batch(**batch), True), mode='loss')
    watcher.close()
    return watcher


def test_the_watcher_sees_what_the_loss_sees(estimator):
    watcher = losses_seen(estimator)
    assert watcher.views.frame_offsets == (-1, 1, 's')
    assert watcher.views.source_from_target.shape == (2, 3, 4, 4)
    assert watcher.depth is watcher.views.depth
    assert watcher.depth.shape == (2, 1, HEIGHT, WIDTH)
    assert not watcher.depth.requires_grad
    assert watcher.target is None
    # The stereo partner's motion is the given one.
    assert torch.equal(watcher.views.source_from_target[0, 2],
                       torch.tensor(packed_batch()['data_samples'][0].source_from_target).float())


def test_a_closed_watcher_leaves_nothing_behind(estimator):
    losses_seen(estimator)
    assert not any(loss._forward_pre_hooks for loss in estimator.losses)


def test_sources_that_are_left_out_are_not_seen(estimator):
    estimator.active_offsets = ('s', )
    assert losses_seen(estimator).views.frame_offsets == ('s', )


def test_a_model_without_losses_is_an_error():
    with pytest.raises(ValueError, match='Linear has no list of losses'):
        losses_of(nn.Linear(1, 1))


def test_pictures_come_in_the_first_and_each_nth_iteration(make_runner, tmp_path):
    runner = make_runner(max_iters=5, custom_hooks=[dict(HOOK, num_samples=2)])
    runner.train()
    pictures = sorted((tmp_path / 'run').glob('*/vis_data/vis_image/*.png'))
    assert [path.name for path in pictures] == [
        f'training_{sample}_{step}.png' for sample in (0, 1) for step in (1, 2, 4)]
    # The target's row, and one for each of three sources.
    assert cv2.imread(str(pictures[0])).shape == (4 * (HEIGHT + LABEL), 4 * WIDTH, 3)


def test_training_is_not_changed(make_runner):
    plain = make_runner('plain', max_iters=3)
    plain.train()
    drawn = make_runner('drawn', max_iters=3, custom_hooks=[
        dict(type='PlainCheckpointHook'), dict(HOOK, interval=1)])
    drawn.train()
    assert drawn.kept.losses == plain.kept.losses


def test_the_panels_are_the_losses_own(estimator):
    watcher = losses_seen(estimator, batch=1)
    hook = TrainingVisualizationHook()
    target = torch.full((1, HEIGHT, WIDTH), 5.)
    rows = hook.rows_of_views(watcher.views, estimator.losses, target)
    assert [len(row) for row in rows] == [4, 4, 4, 4, 2]
    assert {panel.shape for row in rows for panel in row} == {(HEIGHT + LABEL, WIDTH, 3)}
    image = np.round(255 * watcher.views.target[0].permute(1, 2, 0).numpy())
    assert (rows[0][0][LABEL:] == image).all()
    _, used = estimator.losses[0].error_map(watcher.views)
    assert (rows[0][3][LABEL:][used[0].numpy()] == image[used[0].numpy()]).all()
    estimator.losses[0].auto_mask = False
    assert len(hook.rows_of_views(watcher.views, estimator.losses)[0]) == 3


def test_supervised_training_shows_the_error(make_runner, tmp_path):
    model = tiny_model(type='SupervisedDepthEstimator', losses=[dict(type='SILogLoss')])
    del model['pose_net']
    runner = make_runner('supervised', max_iters=1, model=model, custom_hooks=[HOOK])
    dataset = runner.cfg.train_dataloader.dataset
    dataset.update(frame_offsets=(), require_depth=True)
    dataset.pipeline.insert(1, dict(type='LoadDepthMap'))
    runner._train_dataloader = runner.cfg.train_dataloader
    runner._train_loop = dict(runner.cfg.train_cfg)
    runner.train()
    path, = (tmp_path / 'supervised').glob('*/vis_data/vis_image/training_0_1.png')
    assert cv2.imread(str(path)).shape == (HEIGHT + LABEL, 4 * WIDTH, 3)


def test_tensorboard_gets_the_picture(make_runner, tmp_path):
    pytest.importorskip('tensorboard', reason='TensorBoard is not installed')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    runner = make_runner(max_iters=1, custom_hooks=[HOOK], visualizer=dict(
        type='Visualizer', vis_backends=[dict(type='TensorboardVisBackend')]))
    runner.train()
    runner.visualizer.close()
    folder, = (tmp_path / 'run').glob('*/vis_data')
    events = EventAccumulator(str(folder))
    events.Reload()
    assert events.Images('training_0')[0].step == 1


@pytest.mark.parametrize('name', ['interval', 'num_samples', 'panel_width'])
def test_bad_arguments(name):
    with pytest.raises(ValueError, match=f'{name} must be at least 1, got -1'):
        TrainingVisualizationHook(**{name: -1})
