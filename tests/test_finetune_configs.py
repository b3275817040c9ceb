"""The fine-tuning configs, on data of the official layout."""

from pathlib import Path

import pytest
from miniatures import write_annotated_depth, write_kitti
from mmengine.config import Config
from mmengine.registry import init_default_scope

from spidepth_mm.datasets.splits import load_split
from spidepth_mm.registry import DATASETS

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


@pytest.mark.parametrize('name', ['kitti_finetune', 'synthetic_finetune'])
def test_one_cycle_ends_with_the_training(name):
    cfg = Config.fromfile(ROOT / 'spidepth' / f'{name}.py')
    warm_up, cosine = cfg.param_scheduler
    assert warm_up.end == cosine.begin and cosine.end == cfg.train_cfg.max_iters
    assert cfg.optim_wrapper.optimizer.type == 'AdamW' and cfg.optim_wrapper.clip_grad.max_norm > 0
    hook, = (h for h in cfg.custom_hooks if h.type == 'StrictLoadHook')
    assert hook.allowed == ['pose_net\\.']
    assert cfg.model.scale_alignment is None
