"""A checkpoint of another architecture."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from spidepth_mm.engine import StrictLoadHook
from spidepth_mm.utils.checkpoint import CheckpointError


def net(**parts) -> nn.Module:
    return nn.ModuleDict({name: nn.Linear(2, width) for name, width in parts.items()})


def load(model, state, allowed=(), load_from=None):
    runner = SimpleNamespace(model=model, _load_from=load_from)
    StrictLoadHook(allowed).after_load_checkpoint(runner, dict(state_dict=state))


def test_the_same_architecture_is_loaded():
    load(net(a=3, b=4), net(a=3, b=4).state_dict())


def test_differences_are_listed():
    with pytest.raises(CheckpointError) as error:
        load(net(a=3, b=4, c=5), net(b=4, c=6, d=2).state_dict(), load_from='other.pth')
    lines = str(error.value).splitlines()
    assert lines[0].startswith('The checkpoint other.pth does not fit')
    assert '2 missing from the checkpoint: a.weight, a.bias' in lines[1]
    assert '2 unexpected in the checkpoint: d.weight, d.bias' in lines[2]
    assert '2 of another shape: c.weight (model (5, 2), checkpoint (6, 2))' in lines[3]


def test_names_can_be_allowed_to_differ():
    state = net(a=3, d=2).state_dict()
    load(net(a=3, pose_net=4), state, allowed=[r'pose_net\.', 'd'])
    with pytest.raises(CheckpointError, match=r'unexpected in the checkpoint: d\.weight'):
        load(net(a=3, pose_net=4), state, allowed=[r'pose_net\.'])


def test_a_distributed_wrappers_prefix_does_not_matter():
    state = {f'module.{name}': value for name, value in net(a=3).state_dict().items()}
    load(net(a=3), state)


def test_a_runner_stops_on_another_architecture(make_runner, tmp_path):
    runner = make_runner(max_iters=1)
    runner.train()
    path = tmp_path / 'run' / 'iter_1.pth'
    checkpoint = torch.load(path, weights_only=True)
    checkpoint['state_dict'].pop('head.bin_conv.bias')
    checkpoint['state_dict']['head.extra'] = torch.zeros(1)
    torch.save(checkpoint, tmp_path / 'other.pth')
    for settings in (dict(), dict(resume=True)):
        runner = make_runner('second', load_from=str(tmp_path / 'other.pth'), **settings)
        before = {name: value.clone() for name, value in runner.model.state_dict().items()}
        with pytest.raises(CheckpointError) as error:
            runner.train()
        assert '1 missing from the checkpoint: head.bin_conv.bias' in str(error.value)
        assert '1 unexpected in the checkpoint: head.extra' in str(error.value)
        assert str(tmp_path / 'other.pth') in str(error.value)
        assert set(before) == set(runner.model.state_dict())
