"""From self-supervised weights to supervised ones, by the tools."""

import json
import sys

import pytest
import torch
from mmengine.config import Config
from tiny import HEIGHT, WIDTH, runner_config, tiny_model, write_odometry

from spidepth_mm.utils.checkpoint import CheckpointError
from tools import test as test_tool
from tools import train as train_tool

ALLOWED = ['pose_net\\.']


@pytest.fixture
def call(monkeypatch):
    """``call(tool, *args)`` runs a tool's ``main`` with these arguments."""
    monkeypatch.setenv('LOCAL_RANK', '0')  # which the tools set for good

    def call_tool(tool, *args):
        monkeypatch.setattr(sys, 'argv', [tool.__name__, *map(str, args)])
        tool.main()

    return call_tool


@pytest.fixture
def weights(tmp_path):
    """Weights of the self-supervised model, with its pose net."""
    from mmengine.registry import init_default_scope

    from spidepth_mm.registry import MODELS
    init_default_scope('spidepth_mm')
    model = MODELS.build(tiny_model())
    path = tmp_path / 'self_supervised.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=dict(scale_type='stereo')), path)
    return path


@pytest.fixture
def config(tmp_path, weights):
    """``config(**changes)`` -> path of a config that fine-tunes the tiny model."""
    root = write_odometry(tmp_path / 'data', num_frames=4)

    def write(allowed=ALLOWED, **changes):
        model = tiny_model(type='SupervisedDepthEstimator', losses=[dict(type='SILogLoss')])
        model.pop('pose_net')
        model.update(changes)
        cfg = runner_config(
            root, tmp_path / 'run', max_iters=2, val_interval=2, model=model,
            load_from=str(weights),
            optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3),
                               clip_grad=dict(max_norm=0.1)),
            custom_hooks=[dict(type='PlainCheckpointHook'),
                          dict(type='StrictLoadHook', allowed=allowed)])
        cfg.pop('work_dir')
        size = (WIDTH - 4, HEIGHT - 2)
        cfg['train_dataloader']['dataset'].update(
            frame_offsets=(), depth_dir='depth', require_depth=True,
            pipeline=[dict(type='LoadFrames'), dict(type='LoadDepthMap', required=True),
                      dict(type='KBCrop', size=size), dict(type='RandomRotate'),
                      dict(type='RandomCropFrames', size=(WIDTH - 8, HEIGHT - 4)),
                      dict(type='FlipFrames'), dict(type='RandomGammaBrightnessColor'),
                      dict(type='ResizeFrames', scale=(WIDTH, HEIGHT)),
                      dict(type='PackDepthInputs')])
        test_pipeline = [dict(type='LoadFrames'), dict(type='KBCrop', size=size, restore=True),
                         dict(type='ResizeFrames', scale=(WIDTH, HEIGHT)),
                         dict(type='LoadDepthMap'), dict(type='PackDepthInputs')]
        for part in ('val', 'test'):
            cfg[f'{part}_dataloader']['dataset']['pipeline'] = test_pipeline
            cfg[f'{part}_evaluator'] = dict(
                type='DepthMetric', protocol='stereo', scaling='none')
        Config(cfg).dump(tmp_path / 'config.py')
        return tmp_path / 'config.py'

    return write


@pytest.mark.parametrize('alignment, scale', [(None, 'metric'), ('median', 'unknown')])
def test_fine_tune_and_test(call, config, weights, tmp_path, alignment, scale):
    path, work_dir = config(scale_alignment=alignment), tmp_path / 'work'
    call(train_tool, path, '--work-dir', work_dir, '--cfg-options', 'experiment_name=train')
    tuned = torch.load(work_dir / 'iter_2.pth', weights_only=True)
    assert tuned['meta']['scale_type'] == scale
    before = torch.load(weights, weights_only=True)['state_dict']
    assert set(before) - set(tuned['state_dict']) == {
        name for name in before if name.startswith('pose_net.')}
    # Two small steps from where it began, not from random weights.
    moved = [(tuned['state_dict'][name] - before[name]).abs().max().item()
             for name, _ in before.items() if name in tuned['state_dict'] and
             name.endswith('weight')]
    assert 0 < max(moved) < 0.01

    out = tmp_path / 'result.json'
    call(test_tool, path, work_dir / 'iter_2.pth', '--work-dir', work_dir, '--out', out,
         '--cfg-options', 'experiment_name=test')
    result = json.loads(out.read_text())
    assert result['metrics']['abs_rel'] > 0
    assert result['measurements'][0]['scaling'] == 'none'


def test_weights_of_a_pose_net_must_be_allowed(call, config, tmp_path):
    with pytest.raises((CheckpointError, SystemExit), match=r'pose_net|1'):
        call(train_tool, config(allowed=[]), '--work-dir', tmp_path / 'work')


def test_protocol_sees_the_whole_image(call, config, weights, tmp_path):
    # A protocol's crop counts from the whole image's corner: the prediction has its size.
    from spidepth_mm.apis import init_model
    from spidepth_mm.registry import DATASETS
    cfg = Config.fromfile(config())
    model = init_model(cfg)
    sample = DATASETS.build(cfg.test_dataloader.dataset)[0]
    predicted, = model.test_step(dict(inputs=[sample['inputs']],
                                      data_samples=[sample['data_samples']]))
    assert sample['data_samples'].crop_window == (2, 2, HEIGHT - 2, WIDTH - 4)
    assert predicted.pred_depth_map.data.shape == predicted.gt_depth_map.data.shape \
        == (1, HEIGHT, WIDTH)
