"""Reading checkpoints safely, and comparing them with a model."""

import pickle

import pytest
import torch
from hostile_pickle import Payload
from torch import nn

from spidepth_mm.utils.checkpoint import (
    CheckpointError,
    Mismatch,
    check_fits,
    compare,
    read_checkpoint,
    state_dict_of,
)


def test_a_checkpoint_is_read(tmp_path):
    content = dict(state_dict=dict(a=torch.rand(2)), meta=dict(iter=3, name='x'))
    torch.save(content, tmp_path / 'x.pth')
    for path in (tmp_path / 'x.pth', str(tmp_path / 'x.pth')):
        read = read_checkpoint(path)
        assert torch.equal(read['state_dict']['a'], content['state_dict']['a'])
        assert read['meta'] == content['meta']


@pytest.mark.parametrize('new_format', [True, False])
def test_code_in_a_checkpoint_does_not_run(tmp_path, new_format):
    trap, path = tmp_path / 'trap', tmp_path / 'evil.pth'
    torch.save(dict(state_dict=dict(a=Payload(trap))), path,
               _use_new_zipfile_serialization=new_format)
    with pytest.raises(CheckpointError) as error:
        read_checkpoint(path)
    assert not trap.exists()
    assert str(error.value).startswith(f'Refused to load {path}: it holds pickled objects')
    assert 'mkdir' in str(error.value)
    # The trap works: a reader that trusts the file falls into it.
    torch.load(path, weights_only=False)
    assert trap.exists()


def test_a_bare_pickle_does_not_run_either(tmp_path):
    trap, path = tmp_path / 'trap', tmp_path / 'evil.pkl'
    path.write_bytes(pickle.dumps(Payload(trap), protocol=2))
    with pytest.raises(CheckpointError, match=r'Refused to load .*evil\.pkl'):
        read_checkpoint(path)
    assert not trap.exists()


@pytest.mark.parametrize('kept', [0., 0.3, 0.9, 0.999])
def test_a_truncated_file(tmp_path, kept):
    path = tmp_path / 'x.pth'
    torch.save(dict(state_dict=dict(a=torch.rand(50, 50))), path)
    content = path.read_bytes()
    path.write_bytes(content[:int(kept * len(content))])
    with pytest.raises(CheckpointError, match=r'Damaged or no checkpoint: .*x\.pth') as error:
        read_checkpoint(path)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('content', [b'not a checkpoint', b'\x89PNG\r\n', b'\x80\x02junk'])
def test_another_kind_of_file(tmp_path, content):
    path = tmp_path / 'x.pth'
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r'Damaged or no checkpoint: .*x\.pth'):
        read_checkpoint(path)


@pytest.mark.parametrize(('content', 'kind'), [([1, 2], 'list'), (torch.rand(2), 'Tensor')])
def test_a_checkpoint_is_a_dict(tmp_path, content, kind):
    torch.save(content, tmp_path / 'x.pth')
    with pytest.raises(CheckpointError, match=rf'holds a {kind}, expected a dict'):
        read_checkpoint(tmp_path / 'x.pth')


@pytest.mark.parametrize('name', ['absent.pth', ''])
def test_a_missing_file(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(CheckpointError, match='No such checkpoint: ') as error:
        read_checkpoint(path)
    assert str(path) in str(error.value)


def test_weights_with_and_without_wrappers():
    a, b = torch.rand(2)
    wrapped = dict(state_dict={'module.net.a': a, 'b.module.c': b, 'count': 3})
    assert state_dict_of(wrapped) == {'net.a': a, 'b.module.c': b}
    assert state_dict_of({'a': a, 'epoch': 3}) == {'a': a}


def test_comparing_finds_every_difference():
    model = dict(same=torch.zeros(2), gone=torch.zeros(1), shape=torch.zeros(2, 3))
    weights = dict(same=torch.ones(2), extra=torch.zeros(1), shape=torch.zeros(3, 2))
    found = compare(model, weights)
    assert found == Mismatch(
        missing=('gone', ), unexpected=('extra', ),
        misshapen=('shape (model (2, 3), checkpoint (3, 2))', ))
    assert found
    assert not compare(model, dict(model))


def test_allowed_names_are_regular_expressions_from_the_start():
    model, weights = {'pose_net.a': 0, 'my.pose_net.a': 0}, {'old.b': 0}
    found = compare(model, weights, allowed=[r'pose_net\.', 'o.d'])
    assert found == Mismatch(missing=('my.pose_net.a', ), unexpected=(), misshapen=())


def test_a_description_names_a_few_and_counts_the_rest():
    names = tuple(f'layer{i}' for i in range(10))
    lines = Mismatch(names, ('extra', ), ()).describe(limit=3).splitlines()
    assert lines == [
        '  10 missing from the checkpoint: layer0, layer1, layer2, and 7 more',
        '  1 unexpected in the checkpoint: extra']
    assert Mismatch(names, (), ()).describe(limit=10).endswith('layer9')


def test_a_model_is_checked_by_name():
    model = nn.Linear(2, 3)
    check_fits(model, dict(state_dict=model.state_dict()), 'own.pth')
    with pytest.raises(CheckpointError) as error:
        check_fits(model, dict(state_dict=nn.Linear(2, 4).state_dict()), 'wide.pth')
    assert str(error.value).splitlines() == [
        'The checkpoint wide.pth does not fit the model of this config:',
        '  2 of another shape: weight (model (3, 2), checkpoint (4, 2)), '
        'bias (model (3,), checkpoint (4,))',
        'Use the config that it was trained with, or list names that may differ in the '
        'StrictLoadHook\'s "allowed".']
