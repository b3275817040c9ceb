import cv2
import numpy as np
import pytest
import torch

from spidepth_mm.datasets.transforms import LoadDepthMap, RandomRotate
from spidepth_mm.datasets.transforms.rotation import roll_matrix, roll_sample
from spidepth_mm.geometry import synthesize

HEIGHT, WIDTH = 60, 80
CAM2IMG = np.array([[70.0, 0, 37.5], [0, 50.0, 31], [0, 0, 1]])  # resized: fx != fy


def sample(**changes):
    return dict(dict(
        frames=[cv2.GaussianBlur(np.random.randint(0, 256, (HEIGHT, WIDTH, 3), np.uint8),
                                 (9, 9), 0)], cam2img=CAM2IMG), **changes)


def test_a_quarter_turn_by_hand():
    frame = np.arange(75, dtype=np.uint8).reshape(5, 5, 3)
    depth = np.arange(25, dtype=np.float32).reshape(5, 5)
    for camera in (dict(), dict(cam2img=np.array([[3., 0, 2], [0, 3, 2], [0, 0, 1]]))):
        after = roll_sample(dict(frames=[frame], gt_depth_map=depth, **camera), np.pi / 2)
        # x goes to y: what was on the right is now below.
        np.testing.assert_array_equal(after['frames'][0], np.rot90(frame, -1))
        np.testing.assert_array_equal(after['gt_depth_map'], np.rot90(depth, -1))


def test_points_are_seen_where_the_rolled_camera_projects_them():
    angle = np.radians(8)
    depth = np.zeros((HEIGHT, WIDTH), np.float32)
    old = np.array([[20, 15], [60, 40], [50, 20]])  # columns and rows
    for index, (u, v) in enumerate(old):
        depth[v - 1:v + 2, u - 1:u + 2] = 10 + index
    after = roll_sample(sample(gt_depth_map=depth), angle)
    np.testing.assert_array_equal(after['cam2img'], CAM2IMG)
    for index, (u, v) in enumerate(old):
        point = (10 + index) * np.linalg.inv(CAM2IMG) @ (u, v, 1)
        rolled = after['cam2img'] @ roll_matrix(angle)[:3, :3] @ point
        new_u, new_v = np.rint(rolled[:2] / rolled[2]).astype(int)
        assert after['gt_depth_map'][new_v, new_u] == 10 + index
    # Nearest pixels: no depth is made up.
    assert set(np.unique(after['gt_depth_map'])) == {0, 10, 11, 12}


def test_a_rolled_sample_warps_as_the_sample_did():
    # A wall 5 m away and a partner 0.5 m to the right and a little below.
    source_from_target = np.eye(4)
    source_from_target[:2, 3] = -0.5, 0.2
    wall = cv2.GaussianBlur(
        np.random.randint(0, 256, (HEIGHT, WIDTH + 7, 3), np.uint8), (9, 9), 0)
    motion = np.float32([[1, 0, 0], [0, 1, 2]])  # 50 * 0.2 / 5 pixels down
    frames = [wall[:, :WIDTH], cv2.warpAffine(wall, motion, (WIDTH + 7, HEIGHT))[:, 7:]]
    after = roll_sample(
        sample(frames=frames, source_from_target=source_from_target,
               gt_depth_map=np.full((HEIGHT, WIDTH), 5, np.float32)), np.radians(10))

    def error(pose):
        target, source = (torch.from_numpy(f).permute(2, 0, 1)[None].float()
                          for f in after['frames'])
        warped, _ = synthesize(
            source[:, None], torch.full((1, 1, HEIGHT, WIDTH), 5.),
            torch.from_numpy(CAM2IMG)[None].float(),
            torch.from_numpy(pose)[None, None].float(), 'border')
        return (warped[:, 0] - target).abs()[..., 16:-16, 20:-20].mean().item()

    assert error(after['source_from_target']) < 2
    assert error(source_from_target) > 2 * error(after['source_from_target'])


def test_known_poses_turn_with_the_camera():
    angle, point = 0.3, np.array([1.0, -2, 7, 1])  # in the old target camera
    source_from_target, world_from_target = np.eye(4), np.eye(4)
    source_from_target[:3, 3] = world_from_target[:3, 3] = 1, 2, 3
    after = roll_sample(sample(source_from_target=source_from_target,
                               world_from_target=world_from_target), angle)
    roll = roll_matrix(angle)
    np.testing.assert_allclose(after['source_from_target'] @ roll @ point,
                               roll @ source_from_target @ point)
    np.testing.assert_allclose(after['world_from_target'] @ roll @ point,
                               world_from_target @ point, atol=1e-12)


def test_unseen_corners_have_no_depth():
    after = roll_sample(sample(gt_depth_map=np.full((HEIGHT, WIDTH), 3, np.float32)), 0.1)
    assert (after['gt_depth_map'] == 0).any() and set(np.unique(after['gt_depth_map'])) == {0, 3}
    assert after['frames'][0][0].min() > 0  # but the image has no black ones


def test_angles_are_drawn_within_the_limit():
    image = sample()
    np.random.seed(3)
    drawn = [RandomRotate(2)(image)['frames'][0] for _ in range(2)]
    assert not np.array_equal(*drawn)
    np.random.seed(3)
    angle = np.radians(np.random.uniform(-2, 2))
    np.testing.assert_array_equal(drawn[0], roll_sample(image, angle)['frames'][0])
    np.testing.assert_array_equal(RandomRotate(0)(image)['frames'], image['frames'])


def test_bad_input_is_explained():
    with pytest.raises(ValueError, match=r'max_degrees must lie in \[0, 45\], but got -1'):
        RandomRotate(-1)
    with pytest.raises(ValueError, match='LoadDepthMap before ResizeFrames'):
        RandomRotate(1)(sample(gt_depth_map=np.ones((9, 9), np.float32)))
    with pytest.raises(ValueError, match='LoadDepthMap comes after RandomRotate'):
        LoadDepthMap()(RandomRotate(1)(sample()))
