"""print_config and publish_model."""

import hashlib
import re

import pytest
import torch
from hostile_pickle import Payload
from mmengine.config import Config

from spidepth_mm.utils.checkpoint import read_checkpoint
from tools.misc import print_config, publish_model


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'iter_4.pth'
    torch.save(dict(
        meta=dict(scale_type='stereo'), state_dict=dict(w=torch.arange(3.)),
        optimizer=dict(state={}), message_hub=dict(), random_state=dict()), path)
    return path


def test_weights_are_published_by_their_content(checkpoint, tmp_path, capsys):
    publish_model.main([str(checkpoint), str(tmp_path / 'new' / 'model.pth')])
    path, = (tmp_path / 'new').iterdir()
    digits = re.fullmatch(r'model-([0-9a-f]{8})\.pth', path.name).group(1)
    assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(digits)
    kept = read_checkpoint(path)
    assert set(kept) == {'meta', 'state_dict'}
    assert torch.equal(kept['state_dict']['w'], torch.arange(3.))
    assert str(path) in capsys.readouterr().out
    assert checkpoint.exists()


def test_the_same_weights_have_the_same_name(checkpoint, tmp_path):
    names = {publish_model.publish(str(checkpoint), str(tmp_path / 'm')) for _ in range(2)}
    assert len(names) == 1
    assert names.pop().endswith('.pth')


def test_what_is_kept_can_be_chosen(checkpoint, tmp_path, capsys):
    path = publish_model.publish(str(checkpoint), str(tmp_path / 'm.pth'), ['state_dict'])
    assert set(read_checkpoint(path)) == {'state_dict'}
    with pytest.raises(SystemExit):
        publish_model.main([str(checkpoint), str(tmp_path / 'x.pth'), '--save-keys', 'weights'])
    assert 'has no weights; it has meta, state_dict, optimizer' in capsys.readouterr().err


def test_code_in_a_checkpoint_is_not_run(tmp_path, capsys):
    torch.save(dict(meta={}, state_dict=Payload(tmp_path / 'owned')), tmp_path / 'evil.pth')
    with pytest.raises(SystemExit):
        publish_model.main([str(tmp_path / 'evil.pth'), str(tmp_path / 'out.pth')])
    assert 'Refused to load' in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ['evil.pth']


@pytest.mark.parametrize('content', [None, b'PK broken'])
def test_a_bad_checkpoint_is_one_message(tmp_path, capsys, content):
    path = tmp_path / 'x.pth'
    if content:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as stopped:
        publish_model.main([str(path), str(tmp_path / 'out.pth')])
    assert stopped.value.code == 1
    assert str(path) in capsys.readouterr().err


def test_the_whole_config_is_printed(tmp_path, capsys):
    (tmp_path / 'base.py').write_text("model = dict(type='A', size=1)\n")
    config = tmp_path / 'leaf.py'
    config.write_text("_base_ = 'base.py'\nmodel = dict(depth=2)\n")
    print_config.main([str(config), '--cfg-options', 'model.size=7'])
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == f'Config (path: {config}):'
    assert Config.fromstring('\n'.join(lines), '.py').model == dict(type='A', size=7, depth=2)


def test_an_absent_config_is_one_message(tmp_path, capsys):
    with pytest.raises(SystemExit):
        print_config.main([str(tmp_path / 'x.py')])
    assert 'x.py' in capsys.readouterr().err
