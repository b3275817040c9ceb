"""Camera motion on a rendered world's streets."""

import numpy as np
import pytest
from mmengine.config import Config
from tiny import tiny_model

from spidepth_mm.apis import init_model, street_poses
from spidepth_mm.apis.street_poses import (
    straight_ahead_errors,
    street_pose_errors,
    streets,
    true_street,
)
from spidepth_mm.datasets.synthetic import ensure_world


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    return str(ensure_world(tmp_path_factory.mktemp('data') / 'world', size=(64, 32),
                            train_drives=1, val_drives=0, test_drives=2, frames=4, workers=1,
                            progress=False))


@pytest.fixture
def cfg(world):
    pipeline = [dict(type='LoadFrames'), dict(type='ResizeFrames', scale=(64, 32)),
                dict(type='LoadDepthMap'), dict(type='PackDepthInputs')]
    world_options = dict(size=(64, 32), train_drives=1, val_drives=0, test_drives=2, frames=4)
    return Config(dict(
        default_scope='spidepth_mm', model=tiny_model(),
        test_dataloader=dict(dataset=dict(
            type='SyntheticWorldDataset', data_root=world, world=world_options, split='test',
            frame_offsets=(), test_mode=True, pipeline=pipeline))))


def test_streets_of_a_split(world):
    assert len(streets(world, 'train')) == 1
    first, second = streets(world, 'test')
    assert first.endswith('drive_9601_sync') and second.endswith('drive_9602_sync')
    poses = true_street(world, first)
    assert poses.shape == (4, 4, 4)
    np.testing.assert_allclose(poses[0], np.eye(4), atol=1e-9)
    assert 0.4 < poses[1, 2, 3] < 1.5  # metres ahead in a tenth of a second


def test_every_frame_of_each_street_is_measured(cfg):
    errors = street_pose_errors(init_model(cfg), cfg)
    assert len(errors) == 2
    for by_alignment in errors.values():
        assert set(by_alignment) == {'none', 'scale'}
        assert by_alignment['none']['num_frames'] == 4


def test_the_right_pairs_are_compared_with_the_truth(cfg, world, monkeypatch):
    seen = []

    def know_all(model, dataset):
        infos = [dataset.get_data_info(index) for index in range(len(dataset))]
        seen.append([(info['img_path'][-5], info['source_paths'][0][-5]) for info in infos])
        drive = infos[0]['img_path'].split('/image_02')[0][len(world) + 1:]
        poses = true_street(world, drive)
        poses[:, :3, 3] *= 0.5
        return poses

    monkeypatch.setattr(street_poses, 'predict_trajectory', know_all)
    for by_alignment in street_pose_errors(None, cfg).values():
        assert by_alignment['scale']['ate'] == pytest.approx(0, abs=1e-9)
        assert by_alignment['scale']['scale'] == pytest.approx(2)
        assert by_alignment['none']['ate_5frames'] == pytest.approx(0, abs=1e-9)
        assert by_alignment['none']['ate'] > 0.1
    assert seen == 2 * [[('0', '1'), ('1', '2'), ('2', '3')]]


def test_straight_ahead_is_right_where_the_street_is_straight(tmp_path):
    drive = '2011_09_26/2011_09_26_drive_9601_sync'
    (tmp_path / drive).mkdir(parents=True)
    (tmp_path / 'splits').mkdir()
    (tmp_path / 'splits/test.txt').write_text(f'{drive} 1 l\n')
    rows = [f'1 0 0 0 0 1 0 0 0 0 1 {0.8 * frame}' for frame in range(6)]
    (tmp_path / drive / 'poses.txt').write_text('\n'.join(rows) + '\n')
    errors, = straight_ahead_errors(str(tmp_path)).values()
    assert errors['none']['ate'] == pytest.approx(0, abs=1e-9)
    # Half a metre to the side in the last step only.
    rows[-1] = '1 0 0 0.5 0 1 0 0 0 0 1 4'
    (tmp_path / drive / 'poses.txt').write_text('\n'.join(rows) + '\n')
    errors, = straight_ahead_errors(str(tmp_path)).values()
    assert errors['none']['ate'] > 0.2
