"""A model from its config and weights."""

import copy

import pytest
import torch
from mmengine.config import Config
from tiny import tiny_model

from spidepth_mm.apis import init_model
from spidepth_mm.utils.checkpoint import CheckpointError


@pytest.fixture
def config() -> Config:
    return Config(dict(model=tiny_model(), default_scope='spidepth_mm'))


@pytest.fixture
def checkpoint(config, tmp_path):
    """``checkpoint(**changes)`` -> path of weights that are all 0.01."""
    def write(changes=None, **meta) -> str:
        state = {name: torch.full_like(value, 0.01) for name, value in
                 init_model(config).state_dict().items()}
        for name, value in (changes or {}).items():
            if value is None:
                state.pop(name)
            else:
                state[name] = value
        torch.save(dict(state_dict=state, meta=meta), tmp_path / 'x.pth')
        return str(tmp_path / 'x.pth')

    return write


def test_without_weights(config):
    model = init_model(config)
    assert not model.training
    assert model.dataset_meta == {}
    assert model.scale_type == 'unknown'
    assert model(torch.rand(1, 3, 32, 64)).shape == (1, 1, 16, 32)


def test_a_config_file(config, tmp_path):
    config.dump(tmp_path / 'config.py')
    for path in (tmp_path / 'config.py', str(tmp_path / 'config.py')):
        assert init_model(path).head.min_depth == 0.5


def test_a_config_without_a_scope():
    assert init_model(Config(dict(model=tiny_model()))) is not None


def test_weights_are_loaded(config, checkpoint):
    path = checkpoint(scale_type='stereo', dataset_meta=dict(dataset_type='kitti'))
    model = init_model(config, path)
    assert all((p == 0.01).all() for p in model.parameters())
    assert model.scale_type == 'stereo'
    assert model.dataset_meta == dict(dataset_type='kitti')


def test_bare_weights_are_loaded(config, tmp_path):
    path = tmp_path / 'bare.pth'
    torch.save(init_model(config).state_dict(), path)
    assert init_model(config, str(path)).scale_type == 'unknown'


def test_another_architecture_is_refused(config, checkpoint):
    path = checkpoint({
        'head.bin_conv.bias': None, 'head.extra': torch.zeros(1),
        'neck.final_conv.bias': torch.zeros(3)})
    with pytest.raises(CheckpointError) as error:
        init_model(config, path)
    message = str(error.value)
    assert path in message
    assert '1 missing from the checkpoint: head.bin_conv.bias' in message
    assert '1 unexpected in the checkpoint: head.extra' in message
    assert 'neck.final_conv.bias (model (8,), checkpoint (3,))' in message


def test_a_missing_checkpoint(config):
    with pytest.raises(CheckpointError, match=r'No such checkpoint: nowhere\.pth'):
        init_model(config, 'nowhere.pth')


def test_the_callers_config_is_not_changed(config):
    before = copy.deepcopy(config.to_dict())
    model = init_model(config, cfg_options={
        'model.head.depth_range': (1., 9.), 'model.scale_type': 'metric'})
    assert config.to_dict() == before
    assert model.head.max_depth == 9.
    assert model.scale_type == 'metric'
    assert model.cfg.model.scale_type == 'metric'
    model.cfg.model.head.num_bins = 3
    assert config.to_dict() == before
