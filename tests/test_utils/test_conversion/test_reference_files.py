"""Reading the reference's files, and writing several as one."""

import os

import pytest
import torch

from spidepth_mm.utils.checkpoint import CheckpointError
from spidepth_mm.utils.conversion import read_reference, write_together


def test_prefixes_and_extras(tmp_path):
    torch.save({'module.encoder.a': torch.ones(1), 'height': 96, 'width': torch.tensor(192),
                'use_stereo': True}, tmp_path / 'encoder.pth')
    torch.save({'module.module.b': torch.ones(2)}, tmp_path / 'depth.pth')
    (tmp_path / 'notes.txt').write_text('x')
    read = read_reference(tmp_path)
    assert {file: list(weights) for file, weights in read.files.items()} == {
        'encoder': ['encoder.a'], 'depth': ['b']}
    assert read.extras == dict(height=96, width=192, use_stereo=True)
    assert read.left_out == []


def test_a_weight_given_with_and_without_prefix(tmp_path):
    torch.save({'module.a': torch.ones(1), 'a': torch.ones(1)}, tmp_path / 'encoder.pth')
    torch.save({}, tmp_path / 'depth.pth')
    with pytest.raises(CheckpointError, match=r'a \(given twice\)'):
        read_reference(tmp_path)


def test_a_single_file_without_a_box(tmp_path):
    torch.save({'module.encoder.a': torch.ones(1), 'module.depth_decoder.b': torch.ones(1)},
               tmp_path / 'x.pth')
    read = read_reference(tmp_path / 'x.pth')
    assert {file: list(weights) for file, weights in read.files.items()} == {
        'encoder': ['a'], 'depth': ['b']}


def test_a_single_file_of_something_else(tmp_path):
    torch.save(dict(model={'encoder.a': torch.ones(1), 'head.b': torch.ones(1)}),
               tmp_path / 'x.pth')
    with pytest.raises(CheckpointError, match=r'1 weights of neither .*:\n    head\.b'):
        read_reference(tmp_path / 'x.pth')


def test_files_are_written_all_or_none(tmp_path):
    good, bad = tmp_path / 'new' / 'a.pth', tmp_path / 'new' / 'b.pth'
    with pytest.raises(Exception, match='local object'):
        write_together({good: dict(a=1), bad: dict(a=lambda: None)})
    assert os.listdir(tmp_path / 'new') == []
    write_together({good: dict(a=1), str(bad): dict(b=2)})
    assert torch.load(good, weights_only=True) == dict(a=1)
    assert torch.load(bad, weights_only=True) == dict(b=2)
    assert sorted(os.listdir(tmp_path / 'new')) == ['a.pth', 'b.pth']
