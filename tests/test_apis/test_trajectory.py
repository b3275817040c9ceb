import numpy as np
import pytest
import torch
from tiny import tiny_model, write_odometry
from torch import nn

from spidepth_mm.apis.trajectory import (
    predict_trajectory,
    true_trajectory,
    write_kitti_trajectory,
)
from spidepth_mm.datasets import KITTIOdometryDataset
from spidepth_mm.datasets.kitti_odometry import read_poses
from spidepth_mm.evaluation import evaluate_trajectory
from spidepth_mm.geometry import transform_from_axisangle
from spidepth_mm.registry import MODELS

pytestmark = pytest.mark.usefixtures('default_scope')
PIPELINE = [dict(type='LoadFrames'), dict(type='PackDepthInputs')]


class ConstantMotion(nn.Module):
    """Says that the scene comes 1.5 m nearer and turns by 0.1 rad from frame to frame."""

    def forward(self, frame_a, frame_b):
        batch = len(frame_a)
        return (torch.tensor([[0., 0.1, 0.]]).repeat(batch, 1),
                torch.tensor([[0., 0., -1.5]]).repeat(batch, 1))


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = write_odometry(tmp_path_factory.mktemp('odometry'), num_frames=6)
    (root / 'poses').mkdir()
    rows = [f'1 0 0 0 0 1 0 0 0 0 1 {1.5 * frame}' for frame in range(6)]
    (root / 'poses' / 'A.txt').write_text('\n'.join(rows) + '\n')
    return root


def sequence(root, frame_offsets, **kwargs):
    return KITTIOdometryDataset(str(root), sequences=['A'], frame_offsets=frame_offsets,
                                pipeline=PIPELINE, **kwargs)


@pytest.fixture
def model():
    return MODELS.build(tiny_model())


def test_known_motion_is_chained(root, model):
    model.pose_net = ConstantMotion()
    poses = predict_trajectory(model, sequence(root, (1, )))
    assert poses.shape == (6, 4, 4)
    np.testing.assert_array_equal(poses[0], np.eye(4))
    # The scene comes nearer, so the camera drives forward; it turns the other way.
    motion = transform_from_axisangle(
        torch.tensor([[0., 0.1, 0.]]), torch.tensor([[0., 0., -1.5]])).double().numpy()[0]
    expected = np.linalg.matrix_power(np.linalg.inv(motion), 5)
    np.testing.assert_allclose(poses[5], expected, atol=1e-6)
    assert poses[1, 2, 3] > 1.4


@pytest.mark.parametrize('batch_size', [1, 2, 7])
def test_pairs_are_what_the_pose_net_is_trained_on(root, model, batch_size):
    dataset = sequence(root, (1, ))
    poses = predict_trajectory(model, dataset, batch_size)
    for index in range(5):
        frames = dataset[index]['inputs'].float() / 255
        motion = transform_from_axisangle(*model.pose_net(frames[:1], frames[1:]))[0]
        np.testing.assert_allclose(
            np.linalg.inv(poses[index + 1]) @ poses[index], motion.detach().numpy(), atol=1e-6)


def test_either_neighbour_gives_the_same_way(root, model):
    forward = predict_trajectory(model, sequence(root, (1, )))
    backward = predict_trajectory(model, sequence(root, ('s', -1)))
    np.testing.assert_allclose(forward, backward, atol=1e-6)
    assert np.abs(forward[-1, :3, 3]).max() > 1e-6


def test_the_unit_of_the_translation(root, model):
    plain = predict_trajectory(model, sequence(root, (1, )))
    model.translation_scaling = 'mean_depth'
    frames = sequence(root, (1, ))[0]['inputs'].float() / 255
    depth = model.predict_depth(frames[:1])
    unit = 1 / (1 / depth).mean().item()
    scaled = predict_trajectory(model, sequence(root, (1, )))
    np.testing.assert_allclose(scaled[1, :3, 3], unit * plain[1, :3, 3], rtol=1e-4)


def test_ground_truth(root, model):
    truth = true_trajectory(sequence(root, ()))
    np.testing.assert_allclose(truth[:, 2, 3], 1.5 * np.arange(6))
    model.pose_net = ConstantMotion()
    assert evaluate_trajectory(
        predict_trajectory(model, sequence(root, (1, ))), truth, 'none')['rpe_trans'] < 0.2
    (root / 'poses' / 'A.txt').rename(root / 'poses' / 'B.txt')
    try:
        assert true_trajectory(sequence(root, ())) is None
    finally:
        (root / 'poses' / 'B.txt').rename(root / 'poses' / 'A.txt')


def test_trajectory_file(tmp_path):
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[:, :3, 3] = np.random.RandomState(0).randn(3, 3)
    path = tmp_path / 'new' / '09.txt'
    write_kitti_trajectory(str(path), poses)
    np.testing.assert_allclose(read_poses(str(path)), poses, rtol=1e-9)
    assert [file.name for file in path.parent.iterdir()] == ['09.txt']


def test_bad_input(root, model, tmp_path):
    with pytest.raises(ValueError, match=r"frame_offsets=\('s',\).*Set frame_offsets=\(1, \)"):
        predict_trajectory(model, sequence(root, ('s', )))
    ann_file = tmp_path / 'list.txt'
    ann_file.write_text('A 0 l\nA 2 l\n')
    gap = KITTIOdometryDataset(
        str(root), ann_file=str(ann_file), frame_offsets=(1, ), pipeline=PIPELINE)
    with pytest.raises(ValueError, match=r'not consecutive: after .*000001\.png comes .*000002'):
        predict_trajectory(model, gap)
    model.pose_net = None
    with pytest.raises(ValueError, match='SelfSupDepthEstimator has no pose_net'):
        predict_trajectory(model, sequence(root, (1, )))
