"""Rules that rename parameters both ways."""

import pytest

from spidepth_mm.utils.conversion.name_map import NameMap

NAMES = NameMap([
    ('stem_0.{leaf}', 'down.0.0.{leaf}'),
    ('stage_{i}.down.{j}.{leaf}', 'down.{i}.{j}.{leaf}'),
    ('grn.weight', 'grn.gamma'),
    ('encoder.{rest}', 'body.{rest}'),
])


@pytest.mark.parametrize('theirs, ours', [
    ('stem_0.weight', 'down.0.0.weight'),
    ('stage_1.down.0.bias', 'down.1.0.bias'),
    ('stage_12.down.30.bias', 'down.12.30.bias'),
    ('grn.weight', 'grn.gamma'),
    ('encoder.layers.0.norm.weight', 'body.layers.0.norm.weight'),
])
def test_both_ways(theirs, ours):
    assert NAMES.to_ours(theirs) == ours
    assert NAMES.to_theirs(ours) == theirs


@pytest.mark.parametrize('name', [
    'stem_0', 'stem_0.', 'stem_0.a.b', 'xstem_0.weight', 'stem_0xweight', 'stage_a.down.0.weight',
    'stage_-1.down.0.weight', 'grn.weight.more', 'encoder.', ''])
def test_other_names_have_no_counterpart(name):
    assert NAMES.to_ours(name) is None


def test_the_first_rule_decides():
    names = NameMap([('a', 'x'), ('b', 'x'), ('a', 'y')])
    assert names.to_ours('a') == 'x'
    assert names.to_theirs('x') == 'a'
    assert names.to_theirs('y') == 'a'


def test_prefixes_and_sums():
    names = NAMES.under('module_a.', 'b.') + NameMap([('last', 'b.last')])
    assert names.to_ours('module_a.grn.weight') == 'b.grn.gamma'
    assert names.to_theirs('b.last') == 'last'
    assert names.to_ours('grn.weight') is None


def test_fields_must_agree():
    with pytest.raises(ValueError, match='must have the same fields'):
        NameMap([('a.{i}', 'b.{j}')])
