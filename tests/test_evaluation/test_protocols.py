import dataclasses

import pytest

from spidepth_mm.evaluation import PROTOCOLS, DepthProtocol, get_protocol


def test_named_set():
    assert set(PROTOCOLS) == {
        'kitti_eigen', 'kitti_eigen_improved', 'kitti_eigen_metric', 'kitti_eigen_annotated',
        'cityscapes', 'make3d_c1', 'stereo'
    }
    assert {name: PROTOCOLS[name].num_images for name in PROTOCOLS} == dict(
        kitti_eigen=697, kitti_eigen_improved=652, kitti_eigen_metric=697,
        kitti_eigen_annotated=652, cityscapes=1525, make3d_c1=134, stereo=None)
    assert all(PROTOCOLS[name].name == name for name in PROTOCOLS)


def test_unknown_name_lists_the_valid_ones():
    with pytest.raises(ValueError, match=r"'kiti'.*kitti_eigen.*make3d_c1.*stereo"):
        get_protocol('kiti')


def test_description_says_what_changes_numbers():
    text = get_protocol('kitti_eigen').describe()
    for part in ('velodyne x', 'garg', '0.001 < gt < 80', 'scaling median', 'bilinear'):
        assert part in text
    assert 'scaling none' in get_protocol('kitti_eigen').describe('none')
    improved = get_protocol('kitti_eigen_improved').describe()
    assert 'no crop' in improved
    assert '0 < gt m' in improved
    assert '\n' not in text


def test_is_frozen_and_passes_through():
    protocol = dataclasses.replace(PROTOCOLS['stereo'], crop='whole')
    assert get_protocol(protocol) is protocol
    with pytest.raises(dataclasses.FrozenInstanceError):
        protocol.crop = 'garg'


@pytest.mark.parametrize('wrong, message', [
    (dict(crop='eigen'), "Unknown crop 'eigen'.*garg"),
    (dict(scaling='mean'), "Unknown scaling 'mean'.*least_squares_shift"),
    (dict(resize='cubic'), "Unknown resize 'cubic'.*nearest"),
    (dict(resized_quantity='inverse'), "Unknown resized_quantity 'inverse'.*disparity"),
    (dict(min_depth=0.), 'min_depth'),
    (dict(min_depth=90.), 'min_depth < max_depth'),
    (dict(gt_below=0.), 'gt_above < gt_below'),
])
def test_wrong_fields(wrong, message):
    with pytest.raises(ValueError, match=message):
        DepthProtocol('mine', 'my set', **wrong)


def test_a_dict_is_a_protocol_of_ones_own():
    fields = dict(name='nyu', title='NYU Depth v2', gt_below=10., max_depth=10., scaling='none')
    assert get_protocol(fields) == DepthProtocol(**fields)


@pytest.mark.parametrize('fields, message', [
    (dict(name='nyu', title='x', cap=10.), "Unknown field of a protocol 'cap'.*gt_below"),
    (dict(title='x'), r"lacks \['name'\]"),
    (dict(name='stereo', title='x', crop='whole'), "'stereo' is the name of a known protocol"),
])
def test_a_dict_that_is_no_protocol_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        get_protocol(fields)
