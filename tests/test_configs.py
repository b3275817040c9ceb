"""Every leaf config: that it parses, that its model can be built, and that a small one learns."""

import copy
from functools import cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from no_network import cut_network
from tiny import packed_batch

from spidepth_mm.apis.parameter_count import build_without_weights
from spidepth_mm.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS

ROOT = Path(__file__).parents[1] / 'configs'
LEAVES = sorted(path for path in ROOT.rglob('*.py') if '_base_' not in path.parts)
SIZE = (64, 96)  # height and width of the small siblings' images


@cache
def parsed(path: Path) -> Config:
    return Config.fromfile(path)


@pytest.fixture(params=LEAVES, ids=lambda path: str(path.relative_to(ROOT)))
def cfg(request) -> Config:
    cfg = copy.deepcopy(parsed(request.param))
    init_default_scope(cfg.default_scope)
    return cfg


def small_sibling(model: dict) -> dict:
    """The same model with the smallest encoders, at most 32 channels and 8 queries of 4x4 patches.

    ConvNeXts become one block a stage with 8 to 32 channels, ResNets become
    18 layers deep; nothing starts from a download.
    """
    model = copy.deepcopy(dict(model))
    widths = shrink_encoder(model['backbone'])
    neck, head = model.get('neck'), model['head']
    if neck is not None:
        # A neck may take the stem's map too, or leave maps out: the coarsest ones are its inputs.
        neck['in_channels'] = widths[-len(neck['in_channels']):]
        neck['decoder_channels'] = at_most(32, neck['decoder_channels'])
    if isinstance(head['in_channels'], (list, tuple)):
        head['in_channels'] = at_most(32, head['in_channels'])
    if head['type'] == 'SQLHead':
        head.update(patch_size=4, num_queries=min(8, head['num_queries']), feedforward_channels=32)
    if (model.get('pose_net') or {}).get('backbone'):
        shrink_encoder(model['pose_net']['backbone'])
    return model


def shrink_encoder(backbone: dict) -> list:
    """Make an encoder's config small, in place; the widths of its maps, fine to coarse."""
    backbone.pop('init_cfg', None)
    if 'ConvNeXt' in backbone['type']:
        channels = [8, 16, 24, 32]
        backbone['arch'] = dict(depths=[1, 1, 1, 1], channels=channels)
        return channels
    assert 'ResNet' in backbone['type'], f'No rule for a small {backbone["type"]}: add one.'
    backbone['depth'] = 18
    return [64, 64, 128, 256, 512]


def at_most(limit: int, values) -> list:
    return [min(limit, value) for value in values]


def test_there_are_configs():
    assert len(LEAVES) >= 20


def test_model_is_built_as_written(cfg):
    # On the meta device: the headline encoder has 660 million weights.
    model = build_without_weights(cfg)
    assert type(model).__name__ == cfg.model.type
    if cfg.model.head.type == 'SQLHead':
        assert model.head.bin_mlp[-1].out_features == cfg.model.head.num_bins
        assert cfg.model.neck.out_channels == cfg.model.head.in_channels
    assert (getattr(model, 'pose_net', None) is None) == (not cfg.model.get('pose_net'))


def test_small_sibling_learns_and_predicts(cfg, monkeypatch):
    asked = cut_network(monkeypatch)
    model = MODELS.build(small_sibling(cfg.model))
    model.init_weights()
    dataset = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    offsets = tuple(dataset.get('frame_offsets', (-1, 1)))
    batch = packed_batch(batch=2, offsets=offsets, size=SIZE)
    data = model.data_preprocessor(batch, training=True)
    total, _ = model.parse_losses(model.train()(**data, mode='loss'))
    total.backward()
    assert torch.isfinite(total) and total > 0
    nets = ['backbone', 'neck', 'head'] + ['pose_net'] * (cfg.model.get('pose_net') is not None)
    for name in nets:
        moved = [p.grad is not None and bool(p.grad.abs().sum() > 0)
                 for p in getattr(model, name).parameters()]
        assert any(moved), f'{name} learns nothing'
    with torch.no_grad():
        data = model.data_preprocessor(batch, training=False)
        sample = model.eval()(**data, mode='predict')[0]
    assert sample.pred_depth_map.data.shape == (1, *SIZE)
    assert (sample.pred_depth_map.data > 0).all()
    assert not asked


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


def test_images_have_a_size_that_the_model_takes(cfg):
    for part in ('train', 'test'):
        loader = cfg.get(f'{part}_dataloader')
        if not loader:
            continue
        width, height = next(t.scale for t in loader.dataset.pipeline if t.type == 'ResizeFrames')
        assert width % 32 == 0 and height % 32 == 0
        if cfg.model.head.type == 'SQLHead':
            # The feature map must have a patch for each query.
            patch = 2 * cfg.model.head.patch_size  # in pixels of the image
            tokens = (height // patch) * (width // patch)
            assert cfg.model.head.num_queries <= tokens <= cfg.model.head.get('max_tokens', 500)


def test_all_of_an_images_sizes_agree(cfg):
    """Depth is learned at one size of image and measured at the same."""
    sizes = {tuple(t.scale) for part in ('train', 'val', 'test') if cfg.get(f'{part}_dataloader')
             for t in cfg[f'{part}_dataloader'].dataset.pipeline if t.type == 'ResizeFrames'}
    assert len(sizes) == 1


def test_clean_list_is_the_default():
    cfg = Config.fromfile(ROOT / 'spidepth/kitti.py')
    assert cfg.train_dataloader.dataset.split == 'eigen_zhou_train'
    assert cfg.test_dataloader.dataset.split == 'eigen_test'
    assert cfg.train_cfg.max_iters == 20 * (39810 // 4)
