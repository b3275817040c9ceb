"""What mmengine loads, and from where."""

import pickle

import pytest
import torch
from hostile_pickle import Payload
from mmengine.model import BaseModule
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as mmengine_checkpoint
from torch import nn

from spidepth_mm.utils.checkpoint import UnsafeCheckpointError, read_checkpoint
from spidepth_mm.utils.checkpoint_loaders import refuse_code_in_checkpoints


@pytest.fixture
def trap(tmp_path):
    return tmp_path / 'trap'


@pytest.fixture
def evil(tmp_path, trap):
    path = tmp_path / 'evil.pth'
    torch.save(dict(state_dict=dict(weight=Payload(trap))), path)
    return path


@pytest.fixture(autouse=True)
def restore(monkeypatch):
    monkeypatch.setattr(CheckpointLoader, '_schemes', dict(CheckpointLoader._schemes))
    monkeypatch.setattr(mmengine_checkpoint, 'load_url', mmengine_checkpoint.load_url)
    refuse_code_in_checkpoints()


def test_files_even_where_the_environment_allows_code(evil, trap, monkeypatch):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
    with pytest.raises(UnsafeCheckpointError, match=r'Refused to load .*evil\.pth'):
        mmengine_checkpoint._load_checkpoint(str(evil))
    assert not trap.exists()
    with pytest.warns(UserWarning, match='TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'):
        torch.load(evil)  # the trap works
    assert trap.exists()


def test_init_cfg(evil, trap):
    class Net(BaseModule):
        def __init__(self, checkpoint):
            super().__init__(dict(type='Pretrained', checkpoint=str(checkpoint)))
            self.layer = nn.Linear(1, 1)

    with pytest.raises(UnsafeCheckpointError, match=r'evil\.pth'):
        Net(evil).init_weights()
    assert not trap.exists()


def test_downloads(evil, trap, monkeypatch, tmp_path):
    """torch.hub's cache stands for the network: what is there is not downloaded again."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'home'))
    monkeypatch.setattr(torch.hub, '_hub_dir', None)
    folder = tmp_path / 'home' / 'hub' / 'checkpoints'
    folder.mkdir(parents=True)
    (folder / 'evil.pth').write_bytes(evil.read_bytes())
    url = 'https://example.invalid/evil.pth'
    with pytest.raises(UnsafeCheckpointError, match=f'Refused to load {url}.*mkdir'):
        mmengine_checkpoint._load_checkpoint(url)
    assert not trap.exists()
    # What mmengine would have done with it.
    torch.hub.load_state_dict_from_url(url)
    assert trap.exists()


def test_good_files_are_loaded_from_both(tmp_path, monkeypatch):
    content = dict(state_dict=dict(weight=torch.ones(2)))
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'home'))
    monkeypatch.setattr(torch.hub, '_hub_dir', None)
    folder = tmp_path / 'home' / 'hub' / 'checkpoints'
    folder.mkdir(parents=True)
    torch.save(content, folder / 'good.pth')
    for name in (str(folder / 'good.pth'), 'https://example.invalid/good.pth'):
        loaded = mmengine_checkpoint._load_checkpoint(name, map_location='cpu')
        assert torch.equal(loaded['state_dict']['weight'], torch.ones(2))


def test_the_config_that_mmengine_would_run_on_resume_is_dropped(tmp_path, trap):
    path = tmp_path / 'x.pth'
    code = f'import os\nos.mkdir({str(trap)!r})\n'
    torch.save(dict(state_dict={}, meta=dict(iter=1, config=code)), path)
    assert read_checkpoint(path)['meta'] == dict(iter=1)
    assert pickle.dumps(code)  # it is a plain string: weights_only has nothing against it
    assert torch.load(path, weights_only=True)['meta']['config'] == code
