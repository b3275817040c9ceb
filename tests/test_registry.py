"""Registered parts, used by projects that know only their names."""

import subprocess
import sys
from pathlib import Path

import pytest

from spidepth_mm import registry

ROOT = Path(__file__).resolve().parent.parent

# What a project in another scope does: nothing of this package is imported by hand.
OTHER_SCOPE = """
import sys
from mmengine.config import Config
from mmengine.registry import MODELS, HOOKS, METRICS, DATASETS, DefaultScope
import torch

DefaultScope.get_instance('other', scope_name='mmengine')
assert not [name for name in sys.modules if name.startswith('spidepth_mm')]
cfg = Config(dict(head=dict(
    type='spidepth_mm.SQLHead', in_channels=8, patch_size=4, num_queries=6, num_bins=7,
    loss_decode=dict(type='spidepth_mm.SILogLoss'))))
head = MODELS.build(cfg.head)
assert head(torch.rand(1, 8, 12, 16)).shape == (1, 1, 12, 16)
assert 'spidepth_mm.datasets' not in sys.modules
for registry, name in ((HOOKS, 'PlainCheckpointHook'), (METRICS, 'DepthMetric'),
                       (DATASETS, 'KITTIDataset')):
    assert registry.get('spidepth_mm.' + name) is not None, name
print('built', type(head).__module__)
"""


def test_parts_are_found_from_another_scope_without_an_import():
    done = subprocess.run(
        [sys.executable, '-c', OTHER_SCOPE], cwd=ROOT, capture_output=True, text=True,
        timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == 'built spidepth_mm.models.heads.sql_head'


@pytest.mark.parametrize('name', [
    name for name in vars(registry) if name.isupper() and not name.startswith('_')])
def test_every_registry_is_a_child_with_a_place_to_look(name):
    child = getattr(registry, name)
    assert child.scope == 'spidepth_mm'
    assert child.parent is not None
    assert child.parent.scope == 'mmengine'
    assert len(child._locations) == 1


@pytest.mark.parametrize('name', [
    'ConvNeXt', 'ConvNeXtV2', 'DenseDepthDecoder', 'DepthDataPreprocessor',
    'EdgeAwareSmoothnessLoss', 'Monodepth2Decoder', 'MultiScaleDisparityHead', 'PhotometricLoss',
    'PoseCNN', 'ResNet', 'SILogLoss', 'SQLHead', 'SelfSupDepthEstimator', 'StrengthenedPoseNet',
    'SupervisedDepthEstimator', 'UNetDecoder'])
def test_models_are_registered_by_their_names(name):
    assert registry.MODELS.get(f'spidepth_mm.{name}').__name__ == name
