import numpy as np
import pytest

from spidepth_mm.visualization import ply_bytes, point_cloud

CAM2IMG = np.array([[50., 0, 31.5], [0, 40., 23.5], [0, 0, 1]])


def scene(height=48, width=64):
    generator = np.random.RandomState(0)
    image = generator.randint(0, 256, (height, width, 3)).astype(np.uint8)
    return image, generator.uniform(1, 20, (height, width))


@pytest.mark.parametrize(('max_points', 'step'), [(10_000, 1), (3072, 1), (3071, 2), (300, 4)])
def test_points_project_to_their_pixels(max_points, step):
    image, depth = scene()
    points, colors = point_cloud(image, depth, CAM2IMG, max_points)
    assert points.dtype == np.float32
    assert len(points) == len(colors) == (48 // step) * (64 // step) <= max_points
    pixels = points.astype(float) @ CAM2IMG.T
    u, v = (pixels[:, :2] / pixels[:, 2:]).T
    np.testing.assert_allclose(u.reshape(48 // step, -1)[0], np.arange(0, 64, step), atol=1e-4)
    np.testing.assert_allclose(v.reshape(48 // step, -1)[:, 0], np.arange(0, 48, step), atol=1e-4)
    np.testing.assert_allclose(points[:, 2], depth[::step, ::step].reshape(-1), rtol=1e-6)
    np.testing.assert_array_equal(colors, image[::step, ::step].reshape(-1, 3))


def test_no_depth_is_no_point():
    image, depth = scene(2, 2)
    depth[:] = [[0, np.nan], [np.inf, 5]]
    points, colors = point_cloud(image, depth, CAM2IMG)
    assert points.shape == colors.shape == (1, 3)
    assert points[0, 2] == 5


def test_comments_are_lines_of_ascii():
    content = ply_bytes(np.zeros((1, 3), np.float32), np.zeros((1, 3), np.uint8),
                        ['two\nlines ümläut', 'end_header'])
    header, _, data = content.partition(b'\nend_header\n')
    assert b'comment two lines ?ml?ut' in header
    assert b'comment end_header' in header
    assert len(data) == 15


def test_wrong_arguments():
    image, depth = scene()
    with pytest.raises(ValueError, match='max_points must be positive'):
        point_cloud(image, depth, CAM2IMG, 0)
    with pytest.raises(ValueError, match=r'\(48, 64\) and its depth \(24, 64\)'):
        point_cloud(image, depth[::2], CAM2IMG)
