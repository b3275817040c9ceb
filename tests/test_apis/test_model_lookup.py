"""Which model is meant by a name."""

import os

import pytest
import torch
from inference_model import inference_config, write_checkpoint
from mmengine.config import Config

from spidepth_mm.apis import model_lookup
from spidepth_mm.apis.model_lookup import find_model, list_models, resolve_model
from spidepth_mm.utils.checkpoint import CheckpointError

INDEX = 'Import:\n  - configs/spidepth/metafile.yml\n'
METAFILE = """
Models:
  - Name: spidepth_small
    Config: configs/spidepth/small.py
    Alias: [Small, tiny-depth]
    Weights: weights/small.pth
  - Name: spidepth_far
    Config: configs/spidepth/far.py
    Alias: far-away
    Weights: https://example.org/far.pth
  - Name: spidepth_bare
    Config: configs/spidepth/small.py
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository with a model index."""
    for family, names in dict(spidepth=['small', 'far', 'twice'], other=['twice']).items():
        (tmp_path / 'configs' / family).mkdir(parents=True)
        for name in names:
            inference_config().dump(tmp_path / 'configs' / family / f'{name}.py')
    (tmp_path / 'configs' / '_base_').mkdir()
    (tmp_path / 'configs' / '_base_' / 'part.py').write_text('x = 1\n')
    (tmp_path / 'configs' / 'spidepth' / 'metafile.yml').write_text(METAFILE)
    (tmp_path / 'model-index.yml').write_text(INDEX)
    monkeypatch.setattr(model_lookup, '_root', lambda: str(tmp_path))
    return tmp_path


@pytest.mark.parametrize('name', ['spidepth_small', 'SPIdepth_Small', 'small', 'TINY-depth'])
def test_names_and_aliases(root, name):
    config, weights = resolve_model(name)
    assert config.filename == str(root / 'configs/spidepth/small.py')
    assert weights == str(root / 'weights/small.pth')


def test_given_weights_win(root):
    assert resolve_model('small', 'mine.pth')[1] == 'mine.pth'


def test_without_weights(root):
    assert resolve_model('spidepth_bare')[1] is None


def test_weights_elsewhere(root):
    with pytest.raises(ValueError, match=r'at https://example\.org/far\.pth: download them'):
        resolve_model('far-away')
    assert resolve_model('far-away', 'far.pth')[1] == 'far.pth'


@pytest.mark.parametrize('name', ['spidepth/far', 'far', 'configs/spidepth/far.py', 'Far'])
def test_configs_by_name(root, name):
    assert find_model(name).config == str(root / 'configs/spidepth/far.py')


def test_two_configs_of_one_name(root):
    with pytest.raises(ValueError, match='several configs: other/twice, spidepth/twice'):
        find_model('twice')
    assert find_model('other/twice').config.endswith('other/twice.py')


def test_close_names_are_offered(root):
    with pytest.raises(ValueError, match=r"Unknown model 'spidepth_smal'.*Did you mean "
                                         "'spidepth_small'"):
        find_model('spidepth_smal')
    with pytest.raises(ValueError, match='Names are Small, far-away'):
        find_model('###')


def test_list_models(root):
    assert list_models() == ['Small', 'far-away', 'other/twice', 'spidepth/twice',
                             'spidepth_bare', 'spidepth_far', 'spidepth_small', 'tiny-depth']
    assert list_models('SMALL') == ['Small', 'spidepth_small']


def test_an_installed_package_has_its_own_configs(tmp_path, monkeypatch):
    """Beside an installed package may lie another one's folder 'configs'."""
    package = tmp_path / 'site-packages' / 'spidepth_mm'
    (package / '.mim' / 'configs' / 'spidepth').mkdir(parents=True)
    (tmp_path / 'site-packages' / 'configs').mkdir()
    inference_config().dump(package / '.mim' / 'configs' / 'spidepth' / 'kitti.py')
    monkeypatch.setattr('spidepth_mm.__file__', str(package / '__init__.py'))
    assert list_models() == ['spidepth/kitti']
    assert find_model('kitti').config == str(package / '.mim/configs/spidepth/kitti.py')


def test_this_projects_own_configs():
    assert resolve_model('spidepth/synthetic')[0].model.backbone.type == 'ConvNeXtV2'
    names = list_models()
    assert names
    assert all(os.path.isfile(find_model(name).config) for name in names)


def test_a_checkpoint_carries_its_config(tmp_path):
    path = write_checkpoint(tmp_path / 'x.pth')
    for model, weights in ((path, None), (None, path), (tmp_path / 'x.pth', None)):
        config, found = resolve_model(model, weights)
        assert found == path
        assert config.to_dict() == inference_config().to_dict()


def test_a_config_in_the_message_hub(tmp_path):
    text = inference_config().pretty_text
    torch.save(dict(state_dict={}, message_hub=dict(runtime_info=dict(cfg=text))),
               tmp_path / 'x.pth')
    assert resolve_model(str(tmp_path / 'x.pth'))[0].model.type == 'SelfSupDepthEstimator'


@pytest.mark.parametrize(('meta', 'message'), [
    (dict(), 'does not carry its config. Give the config as model'),
    (dict(cfg="x = __import__('os').getcwd()"), 'Refused the config.*line 1 holds more than plain'),
    (dict(cfg='x = 1'), 'has no model'),
])
def test_a_checkpoint_without_a_usable_config(tmp_path, meta, message):
    torch.save(dict(state_dict={}, meta=meta), tmp_path / 'x.pth')
    with pytest.raises(CheckpointError, match=message):
        resolve_model(str(tmp_path / 'x.pth'))


def test_config_objects(tmp_path):
    config = inference_config()
    assert resolve_model(config, 'w.pth') == (config, 'w.pth')
    assert isinstance(resolve_model(config.to_dict())[0], Config)
    config.dump(tmp_path / 'c.py')
    assert resolve_model(tmp_path / 'c.py')[0].to_dict() == config.to_dict()


def test_nothing_given():
    with pytest.raises(ValueError, match='Give a model'):
        resolve_model(None)
    with pytest.raises(TypeError, match='got int'):
        resolve_model(3)
    with pytest.raises(CheckpointError, match=r'No such checkpoint: nowhere\.pth'):
        resolve_model('nowhere.pth')
