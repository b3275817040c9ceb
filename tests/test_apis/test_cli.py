"""How the tools speak to people."""

import pytest
from torch.utils.data import DataLoader, Dataset

from spidepth_mm.apis.cli import SHOW_TRACEBACK, friendly_errors, message_of


@pytest.fixture(autouse=True)
def no_traceback(monkeypatch):
    monkeypatch.delenv(SHOW_TRACEBACK, raising=False)


class Failing(Dataset):
    """Raises what it is given."""

    def __init__(self, error: Exception):
        self.error = error

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index):
        raise self.error


def chained() -> ValueError:
    try:
        try:
            raise KeyError('the first of two')
        except KeyError as error:
            raise ValueError('the last of two') from error
    except ValueError as error:
        return error


@pytest.mark.parametrize('error', [
    chained(),
    ValueError('cam2img is missing.'),
    RuntimeError('Two lines:\n  the second is indented'),
    FileNotFoundError(2, 'No such file', 'a.png')])
def test_a_workers_error_says_what_it_said(error):
    batches = iter(DataLoader(Failing(error), num_workers=1))
    with pytest.raises(type(error)) as raised:
        next(batches)
    batches._shutdown_workers()
    assert 'Traceback' in str(raised.value)
    assert message_of(raised.value) == str(error)


@pytest.mark.parametrize(('error', 'message'), [
    (ValueError(' got 3 '), 'got 3'),
    (KeyboardInterrupt(), 'KeyboardInterrupt'),
    (NotImplementedError(), 'NotImplementedError'),
    (ValueError('Caught a cold'), 'Caught a cold')])
def test_other_errors_are_their_own_message(error, message):
    assert message_of(error) == message


def test_an_error_is_one_message_and_exit_code_1(capsys):
    with pytest.raises(SystemExit) as stopped, friendly_errors():
        raise ValueError('No such folder: data/kitti')
    assert stopped.value.code == 1
    printed = capsys.readouterr()
    assert printed.out == ''
    assert 'error: No such folder: data/kitti\n' in printed.err
    assert 'Traceback' not in printed.err
    assert f'{SHOW_TRACEBACK}=1' in printed.err


def test_a_hint_follows_the_message(capsys):
    with pytest.raises(SystemExit), friendly_errors(lambda error: f'Try {type(error).__name__}.'):
        raise KeyError('x')
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert lines[0] == "error: 'x'"
    assert lines[1] == 'Try KeyError.'


def test_an_empty_hint_is_left_out(capsys):
    with pytest.raises(SystemExit), friendly_errors(lambda error: ''):
        raise ValueError('x')
    assert len([line for line in capsys.readouterr().err.splitlines() if line]) == 2


def test_a_traceback_on_request(capsys, monkeypatch):
    monkeypatch.setenv(SHOW_TRACEBACK, '1')
    with pytest.raises(SystemExit) as stopped, friendly_errors():
        raise ValueError('No such folder')
    assert stopped.value.code == 1
    printed = capsys.readouterr().err
    assert 'Traceback (most recent call last)' in printed
    assert 'error: No such folder' in printed


def test_an_interrupted_training_says_how_to_go_on():
    with pytest.raises(SystemExit) as stopped, friendly_errors():
        raise KeyboardInterrupt
    assert '--resume' in stopped.value.code


def test_without_an_error_nothing_happens(capsys):
    with friendly_errors():
        pass
    assert capsys.readouterr().err == ''


def test_a_tools_own_exit_is_left_alone():
    with pytest.raises(SystemExit) as stopped, friendly_errors():
        raise SystemExit(3)
    assert stopped.value.code == 3
