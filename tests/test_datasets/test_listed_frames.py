import pytest
from mmengine.config import Config

from spidepth_mm.datasets import KITTIDataset
from spidepth_mm.datasets.listed_frames import listed_frames
from spidepth_mm.datasets.splits import load_split

pytestmark = pytest.mark.usefixtures('default_scope')


def _config(**changes):
    return Config(dict(dataset=dict(dict(
        type='KITTIDataset', data_root='not/there', split='eigen_test', frame_offsets=(-1, 's'),
        pipeline=[dict(type='LoadFrames')]), **changes))).dataset


def test_a_config_is_read_without_its_data():
    found = listed_frames(_config())
    assert found.name == 'eigen_test (KITTIDataset)'
    assert found.entries == load_split('eigen_test')
    assert found.frame_offsets == (-1, 's')


def test_a_built_dataset(kitti_raw, split_file, drive):
    path = split_file([f'{drive.entry} 1 l', f'{drive.entry} 2 r'])
    dataset = KITTIDataset(str(kitti_raw()), ann_file=path, frame_offsets=())
    found = listed_frames(dataset)
    assert [tuple(entry) for entry in found.entries] == [
        (drive.entry, 1, 'l'), (drive.entry, 2, 'r')]
    assert path in found.name


def test_whole_sequences_are_listed_from_their_folders(kitti_odometry):
    config = dict(type='KITTIOdometryDataset', data_root=str(kitti_odometry()), sequences=['00'])
    found = listed_frames(config)
    assert [entry.frame for entry in found.entries] == [0, 1, 2, 3, 4]
    assert found.name == '00 (KITTIOdometryDataset)'


def test_wrapped_datasets_are_merged():
    parts = [_config(), _config(split='eigen_zhou_val', frame_offsets=(1, 's'))]
    config = dict(type='ConcatDataset', datasets=[
        parts[0], dict(type='RepeatDataset', times=2, dataset=parts[1])])
    found = listed_frames(config)
    assert len(found.entries) == 697 + 4424
    assert found.frame_offsets == (-1, 's', 1)
    assert found.name == 'eigen_test (KITTIDataset) + eigen_zhou_val (KITTIDataset)'


@pytest.mark.parametrize('config', [
    dict(type='ImageSequenceDataset', data_root='not/there', fov_deg=60.),
    dict(type='SyntheticWorldDataset', data_root='not/there', split='test'),
    dict(type='NoSuchDataset'),
    dict(type='KITTIDataset', ann_file='not/there.txt'),
    dict(type='ConcatDataset', datasets=[dict(type='ImageSequenceDataset', fov_deg=60.)]),
])
def test_nothing_is_said_of_frames_that_are_not_listed(config):
    assert listed_frames(config) is None
