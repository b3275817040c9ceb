"""What all tests share: seeds, a clean mmengine, reference numbers, real recordings."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Iterator

import numpy as np
import pytest
import reference_weights
import torch

TESTS = Path(__file__).resolve().parent
REFERENCE = TESTS / 'data' / 'reference'
# Of tests/test_distributed and tests/test_faults.
FORKING_FIXTURES = {'in_processes', 'start'}


def pytest_configure(config: pytest.Config) -> None:
    # The tests' tensors are too small to be worth sharing between threads.
    torch.set_num_threads(1)
    os.environ.setdefault('MPLBACKEND', 'Agg')


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files go first whose tests train in forked processes.

    Once PyTorch has compiled or exported something, its autograd has threads,
    and what is forked after that cannot train. Workers of xdist keep this order
    where they are not told to begin with large files (``--no-loadscope-reorder``).
    """
    forking = {item.path for item in items if FORKING_FIXTURES & set(item.fixturenames)}
    items.sort(key=lambda item: item.path not in forking)


@pytest.fixture(autouse=True)
def seed_everything() -> None:
    """Start every test from the same state of all generators."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def forget_mmengine_instances() -> Iterator[None]:
    """Forget the default scope, loggers, message hubs and visualizers that a test made.

    mmengine keeps one of each name for the life of the process, so that a
    runner of one test would log into the folder of another.
    """
    before = {cls: dict(cls._instance_dict) for cls in _manager_classes()}
    yield
    for cls in _manager_classes():
        instances = cls._instance_dict
        kept = before.get(cls, {})
        instances.clear()
        instances.update(kept)


def _manager_classes() -> list[type]:
    """All of mmengine's global-instance classes; none where mmengine is not imported yet."""
    manager = sys.modules.get('mmengine.utils.manager')
    if manager is None:
        return []
    found, rest = [], [manager.ManagerMixin]
    while rest:
        children = rest.pop().__subclasses__()
        found += children
        rest += children
    return found


@pytest.fixture
def default_scope() -> str:
    """Build by short names, as a runner with ``default_scope='spidepth_mm'`` does."""
    from mmengine.registry import DefaultScope
    DefaultScope.get_instance('test', scope_name='spidepth_mm')
    return 'spidepth_mm'


@pytest.fixture
def draw() -> Callable[..., np.ndarray]:
    """``draw(name, shape)``: the float32 array that a parameter name stands for."""
    return reference_weights.draw


@pytest.fixture
def uniform() -> Callable[..., np.ndarray]:
    """``uniform(name, low, high, shape)``: the float32 input that a name stands for."""
    return reference_weights.uniform


@pytest.fixture
def draw_state() -> Callable[..., dict]:
    """``draw_state(shapes, prefix)``: the state dict of a reference component."""
    return reference_weights.draw_state


@pytest.fixture
def reference_path() -> Path:
    """The folder with the reference numbers."""
    return REFERENCE


@pytest.fixture
def load_reference() -> Callable[[str], SimpleNamespace]:
    """``load_reference('losses')``: a file's arrays by attribute.

    A ``.json`` name gives its content instead: ``load_reference('component_keys.json')``.
    ``cfg``, where a file has one, is a dict.
    """
    return _load_reference


def _load_reference(name: str):
    if name.endswith('.json'):
        return json.loads((REFERENCE / name).read_text())
    with np.load(REFERENCE / f'{name}.npz', allow_pickle=False) as arrays:
        content = {key: arrays[key] for key in arrays.files}
    if 'cfg' in content:
        content['cfg'] = json.loads(str(content['cfg']))
    return SimpleNamespace(**content)


@pytest.fixture
def real_data() -> Path:
    """The folder with real recordings; the test is skipped where it is not at hand."""
    named = os.environ.get('SPIDEPTH_REAL_DATA')
    root = Path(named) if named else TESTS.parent.parent / 'shared' / 'real_data'
    if not root.is_dir():
        pytest.skip(f'no real recordings in {root} (SPIDEPTH_REAL_DATA names another folder)')
    return root
