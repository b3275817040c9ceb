"""From training flags to a Runner's config."""

import os

import pytest
import torch
from hostile_pickle import Payload
from mmengine.config import Config
from tiny import runner_config, write_odometry

from spidepth_mm.apis.training import enable_amp, prepare_training_config
from spidepth_mm.datasets import DatasetNotFoundError
from spidepth_mm.utils.checkpoint import CheckpointError


@pytest.fixture
def cfg(tmp_path) -> Config:
    root = write_odometry(tmp_path / 'data', num_frames=3)
    return Config(runner_config(
        root, tmp_path / 'run', auto_scale_lr=dict(enable=False, base_batch_size=4)))


@pytest.fixture
def checkpoint(tmp_path) -> str:
    (tmp_path / 'run').mkdir(exist_ok=True)
    path = str(tmp_path / 'run' / 'iter_2.pth')
    torch.save(dict(state_dict=dict(a=torch.zeros(1))), path)
    (tmp_path / 'run' / 'last_checkpoint').write_text(path)
    return path


def test_without_flags_nothing_changes(cfg):
    before = cfg.to_dict()
    prepare_training_config(cfg)
    assert cfg.to_dict() == before


@pytest.mark.parametrize(('has_gpu', 'expected'), [
    (False, dict(type='CPUAmpOptimWrapper')),
    (True, dict(type='AmpOptimWrapper', loss_scale='dynamic'))])
def test_mixed_precision_of_the_device(cfg, monkeypatch, has_gpu, expected):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: has_gpu)
    optimizer = cfg.optim_wrapper.optimizer
    enable_amp(cfg)
    assert cfg.optim_wrapper == dict(optimizer=optimizer, **expected)
    # Asking twice is asking once.
    enable_amp(cfg)
    assert cfg.optim_wrapper == dict(optimizer=optimizer, **expected)


def test_mixed_precision_replaces_no_wrapper_of_ones_own(cfg):
    cfg.optim_wrapper.type = 'MyWrapper'
    with pytest.raises(ValueError, match=r"--amp replaces.*'OptimWrapper'.*has 'MyWrapper'"):
        prepare_training_config(cfg, amp=True)


def test_auto_scale_lr(cfg):
    prepare_training_config(cfg, auto_scale_lr=True)
    assert cfg.auto_scale_lr == dict(enable=True, base_batch_size=4)


@pytest.mark.parametrize('found', [None, dict(enable=False)])
def test_auto_scale_lr_needs_a_base(cfg, found):
    cfg.pop('auto_scale_lr')
    if found is not None:
        cfg.auto_scale_lr = found
    with pytest.raises(ValueError, match='base_batch_size'):
        prepare_training_config(cfg, auto_scale_lr=True)


def test_without_validation(cfg):
    prepare_training_config(cfg, validate=False)
    assert cfg.val_cfg is cfg.val_dataloader is cfg.val_evaluator is None
    assert 'save_best' not in cfg.default_hooks.checkpoint


def test_resume_from_a_file(cfg, checkpoint):
    prepare_training_config(cfg, resume=checkpoint)
    assert cfg.resume is True
    assert cfg.load_from == checkpoint


def test_resume_from_the_latest(cfg, checkpoint):
    cfg.load_from = 'weights to start from.pth'
    prepare_training_config(cfg, resume='auto')
    assert cfg.resume is True
    assert cfg.load_from == checkpoint


def test_a_config_that_says_resume_does(cfg, checkpoint):
    cfg.resume = True
    prepare_training_config(cfg)
    assert (cfg.resume, cfg.load_from) == (True, checkpoint)


@pytest.mark.parametrize('made', [False, True])
def test_resume_from_the_latest_where_there_is_none(cfg, made, tmp_path):
    if made:
        os.makedirs(cfg.work_dir)
    prepare_training_config(cfg, resume='auto')
    assert cfg.resume is False
    # A job that is restarted with the same command begins from the weights it should begin from.
    torch.save(dict(state_dict={}), tmp_path / 'weights.pth')
    cfg.load_from = str(tmp_path / 'weights.pth')
    prepare_training_config(cfg, resume='auto')
    assert (cfg.resume, cfg.load_from) == (False, str(tmp_path / 'weights.pth'))


def test_resume_from_the_one_before_a_damaged_latest(cfg, checkpoint):
    earlier = checkpoint.replace('iter_2', 'iter_1')
    torch.save(dict(state_dict={}), earlier)
    with open(checkpoint, 'r+b') as file:
        file.truncate(100)
    prepare_training_config(cfg, resume='auto')
    assert (cfg.resume, cfg.load_from) == (True, earlier)


def test_resume_from_a_missing_checkpoint(cfg):
    with pytest.raises(CheckpointError, match=r'No such checkpoint: nowhere\.pth'):
        prepare_training_config(cfg, resume='nowhere.pth')


def test_a_damaged_latest_checkpoint_is_found_before_anything_is_built(cfg, checkpoint):
    with open(checkpoint, 'r+b') as file:
        file.truncate(100)
    with pytest.raises(CheckpointError, match=r'Damaged.*iter_2\.pth'):
        prepare_training_config(cfg, resume='auto')


@pytest.mark.parametrize('key', ['resume', 'load_from'])
def test_code_in_a_checkpoint_does_not_run(cfg, checkpoint, tmp_path, key):
    torch.save(dict(state_dict=Payload(tmp_path / 'trap')), checkpoint)
    flags = {}
    if key == 'resume':
        flags['resume'] = 'auto'
    else:
        cfg.load_from = checkpoint
    with pytest.raises(CheckpointError, match='Refused to load'):
        prepare_training_config(cfg, **flags)
    assert not (tmp_path / 'trap').exists()


def test_weights_to_start_from_are_looked_at(cfg, checkpoint, tmp_path):
    cfg.load_from = checkpoint
    prepare_training_config(cfg)
    torch.save(dict(weights=1), tmp_path / 'other.pth')
    cfg.load_from = str(tmp_path / 'other.pth')
    with pytest.raises(CheckpointError, match=r'other\.pth has no state_dict'):
        prepare_training_config(cfg)


def test_an_address_is_left_to_mmengine(cfg):
    cfg.load_from = 'https://example.invalid/x.pth'
    prepare_training_config(cfg)
    assert cfg.load_from == 'https://example.invalid/x.pth'


@pytest.mark.parametrize('part', ['train', 'val'])
def test_missing_data_are_noticed_at_once(cfg, tmp_path, part):
    cfg[f'{part}_dataloader'].dataset.data_root = str(tmp_path / 'nothing')
    with pytest.raises(DatasetNotFoundError, match=r'no such folder.*nothing'):
        prepare_training_config(cfg)
    if part == 'val':
        prepare_training_config(cfg, validate=False)
