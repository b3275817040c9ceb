"""Pictures of test results."""

import json

import cv2
import pytest
import torch
from tiny import HEIGHT, WIDTH, packed_batch

from spidepth_mm.engine import DepthVisualizationHook

LABEL = 18


def read(path):
    image = cv2.imread(str(path))
    assert image is not None, path
    return image


def test_a_test_run_leaves_pictures_and_a_grid(make_runner, tmp_path):
    out_dir = tmp_path / 'pictures'
    runner = make_runner(custom_hooks=[
        dict(type='DepthVisualizationHook', out_dir=str(out_dir), protocol='stereo', grid_rows=3)])
    runner.test()
    names = sorted(path.name for path in out_dir.iterdir())
    assert 'grid.png' in names
    assert len(names) == 8 + 1
    assert 'sequences_A_image_2_000000.png' in names
    one = read(out_dir / names[1])
    assert one.shape == (HEIGHT + LABEL, 4 * WIDTH, 3)
    assert read(out_dir / 'grid.png').shape == (3 * (HEIGHT + LABEL), 4 * WIDTH, 3)
    # The first panel is the image itself, below its label.
    source = read(tmp_path / 'data' / 'sequences' / 'A' / 'image_2' / '000000.png')
    assert (one[LABEL:, :WIDTH] == source).all()


@pytest.fixture
def result():
    batch = packed_batch(batch=1, offsets=())
    sample = batch['data_samples'][0]
    from mmengine.structures import PixelData
    sample.pred_depth_map = PixelData(data=2 * sample.gt_depth_map.data)
    return batch['inputs'][0], sample


def test_without_ground_truth_there_are_two_panels(result):
    frames, sample = result
    del sample.gt_depth_map
    assert len(DepthVisualizationHook('x').draw(frames, sample)) == 2


def test_ground_truth_without_a_point_is_drawn(result):
    frames, sample = result
    sample.gt_depth_map.data.zero_()
    assert len(DepthVisualizationHook('x').draw(frames, sample)) == 4


def test_a_prediction_is_drawn_as_it_is_measured(result):
    frames, sample = result
    scaled = DepthVisualizationHook('x', 'stereo', scaling='median').draw(frames, sample)
    # Twice the truth is the truth once its scale is taken out: no error, the same colours.
    assert (scaled[1][LABEL:] == scaled[2][LABEL:]).all()
    unscaled = DepthVisualizationHook('x', 'stereo', scaling='none').draw(frames, sample)
    assert (unscaled[1][LABEL:] != unscaled[2][LABEL:]).any()


def test_images_are_resized_to_the_prediction(result):
    frames, sample = result
    small = torch.nn.functional.interpolate(frames.float(), scale_factor=0.5).byte()
    panels = DepthVisualizationHook('x', 'stereo').draw(small, sample)
    assert {panel.shape for panel in panels} == {(HEIGHT + LABEL, WIDTH, 3)}


def test_samples_of_one_batch_do_not_overwrite_each_other(tmp_path):
    from types import SimpleNamespace

    from mmengine.structures import PixelData
    batch = packed_batch(batch=2, offsets=(), img_path=None)
    for sample in batch['data_samples']:
        sample.pred_depth_map = PixelData(data=torch.ones(1, HEIGHT, WIDTH))
    runner = SimpleNamespace(test_dataloader=[0], logger=SimpleNamespace(info=lambda _: None))
    hook = DepthVisualizationHook(str(tmp_path / 'a' / 'b'), 'stereo')
    hook.before_test(runner)
    hook.after_test_iter(runner, 0, batch, batch['data_samples'])
    hook.after_test(runner)
    names = sorted(path.name for path in (tmp_path / 'a' / 'b').iterdir())
    assert names == ['0_0.png', '0_1.png', 'grid.png']
    assert json.dumps(names)
