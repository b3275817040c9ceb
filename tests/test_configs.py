"""Every leaf config: that it parses, that its model can be built, and what it trains on."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from spidepth_mm.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS

ROOT = Path(__file__).parents[1] / 'configs'
LEAVES = sorted(path for path in ROOT.rglob('*.py') if '_base_' not in path.parts)


@pytest.fixture(params=LEAVES, ids=lambda path: str(path.relative_to(ROOT)))
def cfg(request) -> Config:
    cfg = Config.fromfile(request.param)
    init_default_scope(cfg.default_scope)
    return cfg


def test_model_is_built_as_written(cfg, monkeypatch):
    # On the meta device: the headline encoder has 660 million weights. mmpretrain reads its drop
    # path rates from a tensor, which must have numbers.
    linspace = torch.linspace
    monkeypatch.setattr(torch, 'linspace', lambda *args: linspace(*args, device='cpu'))
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    head, neck = cfg.model.head, cfg.model.neck
    assert model.head.bin_mlp[-1].out_features == head.num_bins
    assert model.neck.final_conv.out_channels == neck.out_channels == head.in_channels


def test_types_are_registered(cfg):
    for part in ('train', 'val', 'test'):
        loader = cfg.get(f'{part}_dataloader')
        if not loader:
            continue
        assert DATASETS.get(loader.dataset.type) is not None
        for transform in loader.dataset.pipeline:
            assert TRANSFORMS.get(transform.type) is not None
    for hook in cfg.custom_hooks:
        assert HOOKS.get(hook.type) is not None
    evaluators = cfg.get('test_evaluator') or []
    for evaluator in evaluators if isinstance(evaluators, list) else [evaluators]:
        METRICS.build(evaluator)


def test_feature_map_has_a_patch_for_each_query(cfg):
    for part in ('train', 'test'):
        loader = cfg.get(f'{part}_dataloader')
        if not loader:
            continue
        width, height = next(t.scale for t in loader.dataset.pipeline if t.type == 'ResizeFrames')
        assert width % 32 == 0 and height % 32 == 0
        patch = 2 * cfg.model.head.patch_size  # in pixels of the image
        tokens = (height // patch) * (width // patch)
        assert cfg.model.head.num_queries <= tokens <= cfg.model.head.get('max_tokens', 500)


def test_clean_list_is_the_default():
    cfg = Config.fromfile(ROOT / 'spidepth/kitti.py')
    assert cfg.train_dataloader.dataset.split == 'eigen_zhou_train'
    assert cfg.test_dataloader.dataset.split == 'eigen_test'
    assert cfg.train_cfg.max_iters == 20 * (39810 // 4)
