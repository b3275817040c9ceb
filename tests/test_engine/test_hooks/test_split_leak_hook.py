import json
import logging

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.runner import Runner
from tiny import runner_config, write_odometry

from spidepth_mm.engine import SplitLeakHook


@pytest.fixture
def lists(tmp_path):
    """``lists(train, test)``: a Runner's config that uses these frames of the sequence."""
    root = write_odometry(tmp_path / 'data', num_frames=12)

    def make(train, test, **changes):
        config = Config(runner_config(root, tmp_path / 'work', max_iters=1, **changes))
        for part, frames in (('train', train), ('test', test)):
            path = tmp_path / f'{part}.txt'
            path.write_text(''.join(f'A {frame} l\n' for frame in frames))
            dataset = config[f'{part}_dataloader'].dataset
            dataset.pop('sequences')
            dataset.ann_file = str(path)
        config.train_dataloader.dataset.frame_offsets = (-1, 1)
        config.custom_hooks = config.custom_hooks + [dict(type='SplitLeakHook')]
        return config

    return make


@pytest.fixture
def train(caplog):
    """Train by a config; returns the checkpoint's verdicts and what was logged."""

    def run(config):
        runner = Runner.from_cfg(config)
        runner.logger.addHandler(caplog.handler)
        runner.logger.setLevel(logging.INFO)
        runner.train()
        checkpoint = torch.load(f'{config.work_dir}/iter_1.pth', weights_only=True)
        assert MessageHub.get_current_instance().get_info('split_leaks') == \
            checkpoint['meta']['split_leaks']
        return checkpoint['meta']['split_leaks'], [r.getMessage() for r in caplog.records]

    return run


def test_a_leaking_list_is_said_loudly_and_kept(lists, train):
    (verdict, ), messages = train(lists([3, 5], [4, 9]))
    assert verdict['leak'] is True
    assert (verdict['seen'], verdict['as_neighbour'], verdict['num_test']) == (1, 1, 2)
    assert verdict['shared_drives'] == ['A']
    assert verdict['train'].endswith('train.txt (KITTIOdometryDataset)')
    warning, = (m for m in messages if 'LEAKING TRAIN LIST' in m)
    assert 'training sees 1 of 2 test images and 1 of 1 test drives' in warning
    json.dumps(verdict)


def test_a_clean_list_is_said_in_one_line(lists, train):
    config = lists([3, 5], [4, 9])
    dataset = config.test_dataloader.dataset
    dataset.update(type='KITTIDataset', split='eigen_test', ann_file='', data_root='not/there')
    dataset.pop('depth_dir')
    (verdict, ), messages = train(config)
    assert verdict['leak'] is False
    line, = (m for m in messages if 'Split check' in m)
    assert 'the train list shares no image and no drive with the test list' in line
    assert '\n' not in line


def test_shared_drives_may_be_allowed(lists, train):
    config = lists([3, 5], [9])
    config.custom_hooks[-1]['allow_shared_drives'] = True
    (verdict, ), messages = train(config)
    assert verdict['leak'] is False
    assert any('training sees 0 of 1 test images and 1 of 1 test drives' in m for m in messages)


def test_silent_where_nothing_is_listed(lists, train):
    config = lists([3, 5], [4])
    config.test_dataloader.dataset = dict(type='ImageSequenceDataset', fov_deg=60.)
    verdicts, messages = train(config)
    assert verdicts == []
    assert not [m for m in messages if 'list' in m]


def test_a_leak_of_the_first_training_is_inherited():
    hook = SplitLeakHook()
    leaking = dict(train='a', test='t', leak=True)
    hook.after_load_checkpoint(None, dict(meta=dict(split_leaks=[leaking])))
    hook.after_load_checkpoint(None, dict(state_dict={}))  # a checkpoint of somebody else's
    hook._note(dict(train='b', test='t', leak=False))
    checkpoint = dict(meta=dict(epoch=0))
    hook.before_save_checkpoint(None, checkpoint)
    assert checkpoint['meta']['split_leaks'] == [leaking, dict(train='b', test='t', leak=False)]
    # A resumed training states its own verdict anew, not twice.
    hook._note(dict(leaking, leak=False))
    assert [v['leak'] for v in hook.verdicts] == [False, False]
