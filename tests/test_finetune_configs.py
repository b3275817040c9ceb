"""The fine-tuning configs, on data of the official layout."""

import json
import sys
from pathlib import Path

import cv2
import mmengine
import numpy as np
import pytest
import torch
from miniatures import write_annotated_depth, write_kitti
from mmengine.config import Config
from mmengine.registry import init_default_scope
from tiny import HEIGHT, WIDTH, tiny_model

from spidepth_mm.datasets.splits import load_split
from spidepth_mm.registry import DATASETS, MODELS
from tools import test as test_tool

ROOT = Path(__file__).parents[1] / 'configs'
SIZE = (1242, 375)


@pytest.fixture
def cfg(tmp_path):
    """kitti_finetune.py on three training and two test images of KITTI's size."""
    cfg = Config.fromfile(ROOT / 'spidepth' / 'kitti_finetune.py')
    init_default_scope(cfg.default_scope)
    train, test = load_split('eigen_zhou_train')[:3], load_split('eigen_test')[:2]
    write_kitti(tmp_path / 'raw', train + test, size=SIZE)
    write_annotated_depth(tmp_path / 'annotated', train[:2], size=SIZE)
    for name, entries in (('train', train), ('test', test)):
        lines = [f'{entry.drive} {entry.frame} {entry.side}\n' for entry in entries]
        (tmp_path / f'{name}.txt').write_text(''.join(lines))
        dataset = cfg[f'{name}_dataloader'].dataset
        dataset.update(data_root=str(tmp_path / 'raw'), split=None,
                       ann_file=str(tmp_path / f'{name}.txt'))
    cfg.train_dataloader.dataset.depth_root = str(tmp_path / 'annotated')
    return cfg


def test_training_sees_the_benchmark_crop_and_its_ground_truth(cfg):
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    assert len(dataset) == 2  # the third has no annotated depth
    packed = dataset[0]
    sample = packed['data_samples']
    assert packed['inputs'].shape == (1, 3, 320, 1024)
    assert sample.gt_depth_map.data.shape == (1, 320, 1024)
    assert (sample.gt_depth_map.data > 0).float().mean() > 0.1
    assert not sample.get('crop_window')
    # fx of the real calibration, under the crop's scale of 1024 / 1216.
    assert sample.cam2img[0, 0] == pytest.approx(721.5377 * 1024 / 1216)


def test_testing_compares_whole_images_at_the_same_scale(cfg):
    sample = DATASETS.build(cfg.test_dataloader.dataset)[0]['data_samples']
    assert sample.gt_depth_map.data.shape == (1, 375, 1242)
    assert tuple(sample.ori_shape) == (375, 1242)
    assert sample.crop_window == (23, 13, 352, 1216)
    assert sample.cam2img[0, 0] == pytest.approx(721.5377 * 1024 / 1216)
    assert cfg.test_evaluator.protocol == cfg.val_evaluator.protocol == 'kitti_eigen_metric'


def test_garg_crop_lies_within_the_benchmark_crop():
    # So that what is guessed around a prediction put back is never scored.
    from spidepth_mm.evaluation.crops import garg
    for height, width in ((375, 1242), (370, 1226), (374, 1238), (376, 1241), (370, 1224)):
        scored = garg((height, width)).scored
        left = (width - 1216) // 2
        assert scored.top >= height - 352 and scored.bottom <= height
        assert scored.left >= left and scored.right <= left + 1216


@pytest.fixture
def annotated(tmp_path):
    """kitti_finetune_annotated.py, a file and a checkpoint, for a tiny model and two images."""
    cfg = Config.fromfile(ROOT / 'spidepth' / 'kitti_finetune_annotated.py')
    entries = load_split(cfg.test_dataloader.dataset.split)[:2]
    write_kitti(tmp_path / 'raw', entries, scans=False, size=SIZE)
    write_annotated_depth(tmp_path / 'annotated', entries, size=SIZE)
    (tmp_path / 'list.txt').write_text(''.join(f'{drive} {frame} {side}\n'
                                               for drive, frame, side in entries))
    cfg.test_dataloader.dataset.update(
        data_root=str(tmp_path / 'raw'), depth_root=str(tmp_path / 'annotated'), split=None,
        ann_file=str(tmp_path / 'list.txt'))
    resize, = (step for step in cfg.test_dataloader.dataset.pipeline if step.type == 'ResizeFrames')
    resize.scale = (WIDTH, HEIGHT)
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.test_evaluator = [cfg.test_evaluator, dict(type='DumpResults',
                                                   out_file_path=str(tmp_path / 'dumped.pkl'))]
    cfg.model = tiny_model(type=cfg.model.type, losses=cfg.model.losses)
    cfg.model.pop('pose_net')
    cfg.work_dir = str(tmp_path / 'work')
    init_default_scope(cfg.default_scope)
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict(), meta=dict(
        scale_type='metric')), tmp_path / 'tuned.pth')
    cfg.dump(str(tmp_path / 'kitti_finetune_annotated.py'))
    return tmp_path


def test_table_2_from_archives_to_numbers(annotated, monkeypatch):
    """The chain of crops gives what the plain procedure computes on cropped arrays."""
    out = annotated / 'out.json'
    monkeypatch.setattr(sys, 'argv', [
        'test.py', str(annotated / 'kitti_finetune_annotated.py'), str(annotated / 'tuned.pth'),
        '--tta', '--compare-paper', '--out', str(out)])
    test_tool.main()
    result = json.loads(out.read_text())
    entry, = result['measurements']
    assert (entry['protocol'], entry['protocol_images'], entry['scaling'], entry['num_images']) == (
        'kitti_eigen_annotated', 652, 'none', 2)
    assert result['flip_tta'] and result['model']['train'] == 'D'
    log = ''.join(path.read_text() for path in (annotated / 'work').rglob('*.log'))
    assert '2 images were evaluated, protocol kitti_eigen_annotated has 652' in log

    path = next((annotated / 'annotated').rglob('*.png'))
    gt = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) / 256)[375 - 352:, 13:13 + 1216]
    mask = np.zeros(gt.shape, bool)
    mask[int(0.40810811 * 352):int(0.99189189 * 352),
         int(0.03594771 * 1216):int(0.96405229 * 1216)] = True
    mask &= (gt > 1e-3) & (gt < 80)
    errors = []
    for sample in mmengine.load(str(annotated / 'dumped.pkl')):
        pred = np.asarray(sample['pred_depth_map']['data'])[0]
        assert pred.shape == (375, 1242)
        pred = np.clip(pred[375 - 352:, 13:13 + 1216], 1e-3, 80)
        errors.append(np.mean(np.abs(pred - gt)[mask] / gt[mask]))
    assert entry['errors']['abs_rel'] == pytest.approx(np.mean(errors), rel=1e-5)


@pytest.mark.parametrize('name', ['kitti_finetune', 'synthetic_finetune'])
def test_one_cycle_ends_with_the_training(name):
    cfg = Config.fromfile(ROOT / 'spidepth' / f'{name}.py')
    warm_up, cosine = cfg.param_scheduler
    assert warm_up.end == cosine.begin and cosine.end == cfg.train_cfg.max_iters
    assert cfg.optim_wrapper.optimizer.type == 'AdamW' and cfg.optim_wrapper.clip_grad.max_norm > 0
    hook, = (h for h in cfg.custom_hooks if h.type == 'StrictLoadHook')
    assert hook.allowed == ['pose_net\\.']
    assert cfg.model.scale_alignment is None
