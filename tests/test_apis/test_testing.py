"""From test flags to a Runner's config, and from metrics to a file."""

import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny import runner_config, write_odometry

from spidepth_mm.apis.testing import prepare_test_config, write_result
from spidepth_mm.datasets import DatasetNotFoundError
from spidepth_mm.utils.checkpoint import CheckpointError


@pytest.fixture
def cfg(tmp_path) -> Config:
    return Config(runner_config(write_odometry(tmp_path / 'data', num_frames=3), tmp_path / 'run'))


@pytest.fixture
def checkpoint(tmp_path) -> str:
    path = str(tmp_path / 'x.pth')
    torch.save(dict(state_dict={}, meta=dict(scale_type='stereo')), path)
    return path


def test_the_checkpoint_says_its_unit(cfg, checkpoint):
    prepare_test_config(cfg, checkpoint)
    assert cfg.load_from == checkpoint
    assert cfg.resume is False
    assert cfg.model.scale_type == 'stereo'
    assert not cfg.model.get('test_cfg')


def test_flip_augmentation(cfg, checkpoint):
    cfg.model.test_cfg = dict(other=1)
    prepare_test_config(cfg, checkpoint, tta=True)
    assert cfg.model.test_cfg == dict(other=1, flip_tta=True)


@pytest.mark.parametrize('several', [False, True])
def test_pictures_are_drawn_as_they_are_measured(cfg, checkpoint, several):
    cfg.test_evaluator.scaling = 'none'
    if several:
        cfg.test_evaluator = [cfg.test_evaluator, dict(type='DepthMetric')]
    hooks = len(cfg.custom_hooks)
    prepare_test_config(cfg, checkpoint, show_dir='pictures')
    assert len(cfg.custom_hooks) == hooks + 1
    assert cfg.custom_hooks[-1] == dict(
        type='DepthVisualizationHook', out_dir='pictures', protocol='stereo', scaling='none')


def test_a_missing_checkpoint(cfg):
    with pytest.raises(CheckpointError, match=r'No such checkpoint: nowhere\.pth'):
        prepare_test_config(cfg, 'nowhere.pth')


def test_missing_data_are_reported_before_the_model_is_built(cfg, checkpoint):
    cfg.test_dataloader.dataset.data_root = 'nothing'
    with pytest.raises(DatasetNotFoundError, match="no such folder: 'nothing'"):
        prepare_test_config(cfg, checkpoint)


def test_results_are_plain_json(cfg, checkpoint, tmp_path):
    prepare_test_config(cfg, checkpoint, tta=True)
    path = tmp_path / 'a' / 'b' / 'result.json'
    metrics = dict(abs_rel=np.float32(0.25), num_images=np.int64(3), rmse=torch.tensor(2.),
                   a1=float('nan'), note='x')
    write_result(str(path), metrics, cfg)
    result = json.loads(path.read_text())
    assert result['metrics'] == dict(abs_rel=0.25, num_images=3, rmse=2., a1=None, note='x')
    assert result['flip_tta'] is True
    assert result['checkpoint'] == checkpoint
    assert result['evaluator'] == dict(type='DepthMetric', protocol='stereo')
    assert [p.name for p in path.parent.iterdir()] == ['result.json']


def test_an_unfinished_result_does_not_replace_a_finished_one(cfg, checkpoint, tmp_path):
    prepare_test_config(cfg, checkpoint)
    path = tmp_path / 'result.json'
    write_result(str(path), dict(abs_rel=0.1), cfg)
    with pytest.raises(TypeError):
        write_result(str(path), dict(abs_rel=object()), cfg)
    assert json.loads(path.read_text())['metrics'] == dict(abs_rel=0.1)
