import numpy as np
import pytest

from spidepth_mm.evaluation.pose_errors import (
    align_trajectory,
    evaluate_trajectory,
    fit_similarity,
    relative_pose_errors,
    rotation_angles,
    segment_errors,
    snippet_errors,
)


def yaw(degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    pose = np.eye(4)
    pose[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
    return pose


def moved(x=0., y=0., z=0.):
    pose = np.eye(4)
    pose[:3, 3] = x, y, z
    return pose


def drive(motion, frames):
    """A trajectory of ``frames`` cameras, each moved by ``motion`` from the one before."""
    poses = [np.eye(4)]
    for _ in range(frames - 1):
        poses.append(poses[-1] @ motion)
    return np.array(poses)


def winding(frames=60, seed=0, noise=0.):
    generator = np.random.RandomState(seed)
    poses = [np.eye(4)]
    for index in range(frames - 1):
        motion = moved(*(noise * generator.randn(2)), 1.2) @ yaw(
            3 * np.sin(index / 7) + 10 * noise * generator.randn())
        poses.append(poses[-1] @ motion)
    return np.array(poses)


def scaled(poses, factor):
    poses = poses.copy()
    poses[:, :3, 3] *= factor
    return poses


@pytest.mark.parametrize('alignment', ['none', 'scale', 'sim3'])
def test_a_perfect_trajectory(alignment):
    errors = evaluate_trajectory(winding(150), winding(150), alignment)
    for key in ('ate', 'rpe_trans', 'rpe_rot', 't_rel', 'r_rel', 'ate_5frames'):
        assert errors[key] == pytest.approx(0, abs=1e-5), key
    assert errors['scale'] == pytest.approx(1)
    assert errors['num_frames'] == 150


def test_alignments_remove_what_they_say():
    gt = winding(60)
    pred = moved(3, 4, 5) @ yaw(90) @ scaled(gt, 0.25)
    # The first camera is the world of both, so that only the scale is left.
    assert evaluate_trajectory(pred, gt, 'none')['ate'] > 5
    for alignment in ('scale', 'sim3'):
        errors = evaluate_trajectory(pred, gt, alignment)
        assert errors['ate'] == pytest.approx(0, abs=1e-9)
        assert errors['scale'] == pytest.approx(4)
    crooked = np.concatenate([gt[:1], yaw(5) @ gt[1:]])
    assert (evaluate_trajectory(crooked, gt, 'sim3')['ate']
            < 0.1 * evaluate_trajectory(crooked, gt, 'scale')['ate'])


def test_hand_worked_absolute_and_relative_errors():
    # Three cameras 1 m apart; the prediction is 0, 2 and 1 m off, sideways.
    gt, pred = drive(moved(z=1), 3), drive(moved(z=1), 3)
    pred[1, 0, 3], pred[2, 0, 3] = 2, 1
    errors = evaluate_trajectory(pred, gt, 'none')
    assert errors['ate'] == pytest.approx(np.sqrt((0 + 4 + 1) / 3))
    assert errors['rpe_trans'] == pytest.approx(np.sqrt((4 + 1) / 2))
    assert errors['rpe_rot'] == 0
    pred = drive(yaw(2), 3)
    trans, rot = relative_pose_errors(pred, drive(np.eye(4), 3))
    np.testing.assert_allclose(rot, [2, 2])
    np.testing.assert_allclose(trans, 0)
    np.testing.assert_allclose(relative_pose_errors(pred, drive(np.eye(4), 3), step=2)[1], [4])


def test_hand_worked_drift():
    gt = drive(moved(z=1), 301)
    # A tenth too long: after the 101 m that are more than 100 m, 10.1 m.
    t_rel, r_rel = segment_errors(drive(moved(z=1.1), 301), gt)
    expected = [10 * (length + 1) / length
                for first in range(0, 301, 10) for length in (100, 200, 300)
                if first + length + 1 <= 300]
    np.testing.assert_allclose(t_rel, expected)
    np.testing.assert_allclose(r_rel, 0, atol=1e-12)
    # A hundredth of a degree to the side at each metre.
    _, r_rel = segment_errors(drive(moved(z=1) @ yaw(0.01), 301), gt, lengths=(100, ))
    np.testing.assert_allclose(r_rel, 1.01)


def test_a_short_way_has_no_drift():
    errors = evaluate_trajectory(winding(60), winding(60))
    assert errors['num_segments'] == 0
    assert not {'t_rel', 'r_rel'} & set(errors)


def test_hand_worked_snippets():
    gt, pred = drive(moved(z=1), 6), drive(moved(x=1), 6)
    # The best factor on a motion across the true one is 0: all of the truth is error.
    np.testing.assert_allclose(
        snippet_errors(pred, gt),
        [np.sqrt(30) / 5, np.sqrt(30) / 5, np.sqrt(14) / 4, np.sqrt(5) / 3, 1 / 2])
    np.testing.assert_allclose(snippet_errors(scaled(gt, 0.01), gt), 0, atol=1e-12)
    np.testing.assert_allclose(snippet_errors(drive(np.eye(4), 3), drive(moved(z=1), 3)),
                               [np.sqrt(5) / 3, 1 / 2])


def test_snippets_chain_the_motions_as_published():
    gt, pred = winding(12), winding(12, seed=1, noise=0.1)
    errors = []
    for first in range(11):
        positions = []
        for poses in (gt, pred):
            pose, chain = np.eye(4), [np.zeros(3)]
            for index in range(first, min(first + 4, 11)):
                pose = pose @ np.linalg.inv(poses[index + 1]) @ poses[index]
                chain.append(pose[:3, 3])
            positions.append(np.array(chain))
        true, guess = positions
        factor = np.sum(true * guess) / np.sum(guess**2)
        errors.append(np.sqrt(np.sum((guess * factor - true)**2)) / len(true))
    np.testing.assert_allclose(snippet_errors(pred, gt), errors)
    result = evaluate_trajectory(pred, gt, 'none')
    assert result['ate_5frames'] == pytest.approx(np.mean(errors))
    assert result['ate_5frames_std'] == pytest.approx(np.std(errors))


def test_similarity_of_points():
    generator = np.random.RandomState(0)
    source = generator.randn(20, 3)
    rotation = yaw(40)[:3, :3]
    scale, found, translation = fit_similarity(source, 3 * source @ rotation.T + [1, 2, 3])
    assert scale == pytest.approx(3)
    np.testing.assert_allclose(found, rotation, atol=1e-12)
    np.testing.assert_allclose(translation, [1, 2, 3])
    # A mirror image is fitted by a rotation, not by a reflection.
    assert np.linalg.det(fit_similarity(source, source * [1, 1, -1]).rotation) == pytest.approx(1)


def test_small_and_large_angles():
    angles = [0, 1e-9, 1e-4, 30, 90, 179.9, 180]
    found = np.rad2deg(rotation_angles(np.array([yaw(angle) for angle in angles])))
    np.testing.assert_allclose(found, angles, rtol=1e-6, atol=1e-14)


@pytest.mark.parametrize('alignment', ['scale', 'sim3'])
def test_agrees_with_evo(alignment):
    pytest.importorskip('evo')
    from evo.core.metrics import APE, RPE, PoseRelation, StatisticsType, Unit
    from evo.core.trajectory import PosePath3D
    gt, pred = winding(80), scaled(winding(80, seed=1, noise=0.1), 0.03)
    ours = evaluate_trajectory(pred, gt, alignment)

    reference, estimate = PosePath3D(poses_se3=list(gt)), PosePath3D(poses_se3=list(pred))
    estimate.align(reference, correct_scale=True, correct_only_scale=alignment == 'scale')
    assert align_trajectory(pred, gt, alignment)[0] == pytest.approx(
        np.array(estimate.poses_se3), abs=1e-9)

    def rmse(metric):
        metric.process_data((reference, estimate))
        return metric.get_statistic(StatisticsType.rmse)

    step = dict(delta=1, delta_unit=Unit.frames)
    assert ours['ate'] == pytest.approx(rmse(APE(PoseRelation.translation_part)), rel=1e-9)
    assert ours['rpe_trans'] == pytest.approx(
        rmse(RPE(PoseRelation.translation_part, **step)), rel=1e-9)
    assert ours['rpe_rot'] == pytest.approx(
        rmse(RPE(PoseRelation.rotation_angle_deg, **step)), rel=1e-6)
    assert ours['ate'] > 0.1


def test_bad_input():
    good = winding(5)
    with pytest.raises(ValueError, match=r"Unknown alignment 'se3'\. Valid choices are: none"):
        evaluate_trajectory(good, good, 'se3')
    with pytest.raises(ValueError, match='predicted trajectory has 4 frames, the true one 5'):
        evaluate_trajectory(good[:4], good)
    with pytest.raises(ValueError, match=r'true trajectory must have shape \(N, 4, 4\).*\(5, 3\)'):
        evaluate_trajectory(good, good[:, :3, 3])
    with pytest.raises(ValueError, match='does not move, so it has no scale'):
        evaluate_trajectory(drive(np.eye(4), 5), good)
    for bad in (np.nan, 7.):
        broken = good.copy()
        broken[3, 0, 0] = bad
        with pytest.raises(ValueError, match=r'predicted trajectory has 1 .* first one at frame 3'):
            evaluate_trajectory(broken, good)
