"""That no parameter is lost, given twice or bent into another shape."""

import pytest
import torch

from spidepth_mm.utils.checkpoint import CheckpointError
from spidepth_mm.utils.conversion.accounting import Account, fit_pointwise


def test_pointwise_weights_fit_both_ways():
    value = torch.arange(6.).reshape(2, 3)
    assert torch.equal(fit_pointwise(value[..., None, None], (2, 3)), value)
    assert torch.equal(fit_pointwise(value, (2, 3, 1, 1)), value[..., None, None])


@pytest.mark.parametrize('given, wanted', [
    ((2, 3, 1, 1), (3, 2)), ((2, 3), (3, 2, 1, 1)), ((2, 3, 3, 3), (2, 27)), ((6, ), (6, 1)),
    ((2, 3), (2, 3)), ((2, 1, 3, 1), (2, 3)), ((4, ), (4, 1, 1)), ((4, 1, 1), (4, ))])
def test_nothing_else_is_reshaped(given, wanted):
    assert fit_pointwise(torch.zeros(given), wanted).shape == given


def test_a_full_account():
    account = Account(dict(a=(2, ), b=(2, 3), scalar=()))
    account.add('x', 'a', torch.ones(2))
    account.add('y', 'b', torch.ones(2, 3, 1, 1))
    account.add('z', 'scalar', torch.tensor(3))
    state = account.finish('title')
    assert {name: tuple(value.shape) for name, value in state.items()} == account.shapes
    assert account.reshaped == ['b']


def test_all_troubles_are_told_at_once():
    account = Account(dict.fromkeys('abcd', (1,)))
    account.add('x', 'a', torch.ones(1))
    account.add('y', 'a', torch.ones(1))
    account.add('w', None, torch.ones(1))
    account.add('v', 'e', torch.ones(1))
    account.add('u', 'b', torch.ones(2))
    with pytest.raises(CheckpointError) as error:
        account.finish('title')
    assert str(error.value) == (
        'title\n'
        '  1 given twice:\n    y\n'
        '  2 without a place in the model:\n    w\n    v\n'
        '  1 of another shape:\n    u (2,), but b is (1,)\n'
        '  2 missing:\n    c\n    d')


def test_what_is_optional_may_be_missing():
    account = Account({'a.x': (1, ), 'b': (1, )})
    account.add('b', 'b', torch.ones(1))
    assert list(account.finish('title', ('a.', ))) == ['b']
    with pytest.raises(CheckpointError, match=r'1 missing:\n    a\.x'):
        account.finish('title')
