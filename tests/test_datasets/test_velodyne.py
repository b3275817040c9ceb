import hashlib
from collections import Counter

import numpy as np
import pytest

from spidepth_mm.datasets import UnreadableImageError, kitti_calib
from spidepth_mm.datasets.velodyne import DEPTH_KINDS, project_scan, read_scan

SHAPE = (375, 1242)
# Of the real scan's reference depth maps: points, sum of metres, and a digest of the pixels.
REAL_SCAN = {
    (2, 'velodyne_x'): (17135, 229919.25402855873, '3d0b2dc1541382d8'),
    (2, 'camera_z'): (17135, 225155.6673936844, '3d0b2dc1541382d8'),
    (3, 'velodyne_x'): (16388, 226248.62103009224, 'c2377842d316a34e'),
    (3, 'camera_z'): (16388, 221687.44634890556, 'c2377842d316a34e'),
}


def naive_depth_map(scan, projection, shape, depth_kind):
    """The benchmark's procedure, point by point where pixels collide."""
    height, width = shape
    points = scan[scan[:, 0] >= 0].astype(np.float32)
    homogeneous = np.concatenate([points[:, :3], np.ones((len(points), 1), np.float32)], axis=1)
    u, v, z = projection @ homogeneous.T
    depths = points[:, 0] if depth_kind == 'velodyne_x' else z
    cols, rows = np.round(u / z) - 1, np.round(v / z) - 1
    inside = (cols >= 0) & (rows >= 0) & (cols < width) & (rows < height)
    cols, rows, depths = cols[inside].astype(int), rows[inside].astype(int), depths[inside]
    result = np.zeros(shape)
    result[rows, cols] = depths
    numbers = rows * (width - 1) + cols - 1
    for number in [number for number, count in Counter(numbers).items() if count > 1]:
        hits = np.flatnonzero(numbers == number)
        result[rows[hits[0]], cols[hits[0]]] = depths[hits].min()
    result[result < 0] = 0
    return result.astype(np.float32)


@pytest.fixture
def projection():
    """A camera like KITTI's: x forward becomes z, a wide image."""
    swap = np.array([[0.0, -1, 0, 0], [0, 0, -1, -0.08], [1, 0, 0, -0.27]])
    return np.array([[720.0, 0, 610], [0, 720, 173], [0, 0, 1]]) @ swap


def _scan(count, seed=0):
    draw = np.random.RandomState(seed)
    x = draw.uniform(-5, 60, count)
    y = draw.uniform(-1, 1, count) * np.maximum(np.abs(x), 1)
    z = draw.uniform(-0.25, 0.25, count) * np.maximum(np.abs(x), 1)
    return np.stack([x, y, z, draw.rand(count)], axis=1).astype(np.float32)


@pytest.mark.parametrize('depth_kind', DEPTH_KINDS)
def test_equals_the_point_by_point_procedure(projection, depth_kind):
    scan = _scan(40000)
    ahead_of_camera = scan[(scan[:, 0] < 0) | (scan[:, 0] > 0.3)]
    ours = project_scan(ahead_of_camera, projection, SHAPE, depth_kind)
    expected = naive_depth_map(ahead_of_camera, projection, SHAPE, depth_kind)
    assert (ours > 0).sum() > 10000
    np.testing.assert_allclose(ours, expected, rtol=1e-6)


@pytest.mark.parametrize('seed', range(5))
def test_equals_it_where_rows_meet(seed):
    # A tiny image, so that all points fall on first and last columns.
    swap = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0]])
    projection = np.array([[4.0, 0, 2.5], [0, 4, 3], [0, 0, 1]]) @ swap
    scan = _scan(60, seed)
    scan = scan[scan[:, 0] > 0.1]
    for shape in ((6, 2), (5, 3)):
        np.testing.assert_allclose(
            project_scan(scan, projection, shape),
            naive_depth_map(scan, projection, shape, 'velodyne_x'), rtol=1e-6)


def test_nearest_point_wins_and_pixels_count_from_one():
    # u = y / x and v = z / x: row v - 1 and column u - 1.
    projection = np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]])
    scan = np.array([[10, 30, 20, 0], [5, 15, 10, 0], [8, 24, 16, 0], [-5, -15, -10, 0]],
                    np.float32)
    depth = project_scan(scan, projection, (4, 6))
    assert depth.dtype == np.float32
    assert np.argwhere(depth).tolist() == [[1, 2]]
    assert depth[1, 2] == 5


def test_points_between_scanner_and_camera_are_no_depth(projection):
    # 0.1 m ahead of the scanner is 0.17 m behind the camera, where projection mirrors it.
    scan = np.array([[0.1, 0.0, -0.08, 0]], np.float32)
    assert not project_scan(scan, projection, SHAPE, 'camera_z').any()


def test_empty_scan(projection):
    assert not project_scan(np.zeros((0, 4), np.float32), projection, SHAPE).any()


def test_unknown_depth_kind(projection):
    with pytest.raises(ValueError, match=r"'z'. Valid kinds are velodyne_x, camera_z"):
        project_scan(_scan(3), projection, SHAPE, 'z')


def test_reads_points_back(tmp_path):
    scan = _scan(10)
    scan.tofile(tmp_path / 'scan.bin')
    np.testing.assert_array_equal(read_scan(str(tmp_path / 'scan.bin')), scan)


def test_truncated_scan_is_named(tmp_path):
    path = tmp_path / 'scan.bin'
    path.write_bytes(_scan(10).tobytes()[:-3])
    with pytest.raises(UnreadableImageError, match=r'scan.bin: 157 bytes is not a whole number'):
        read_scan(str(path))
    path.write_bytes(b'')
    with pytest.raises(UnreadableImageError, match='zero bytes'):
        read_scan(str(path))


@pytest.mark.parametrize('camera', [2, 3])
@pytest.mark.parametrize('depth_kind', DEPTH_KINDS)
def test_real_scan(real_data, camera, depth_kind):
    folder = real_data / 'kitti_scan'
    paths = [str(folder / f'calib_{name}.txt') for name in ('cam_to_cam', 'velo_to_cam')]
    calibrations = [kitti_calib.read_calib_file(path) for path in paths]
    projection = kitti_calib.image_from_velodyne(*calibrations, camera, *paths)
    depth = project_scan(read_scan(str(folder / 'scan.bin')), projection, SHAPE, depth_kind)

    rows, cols = np.nonzero(depth)
    digest = hashlib.sha256(np.stack([rows, cols]).astype('<i4').tobytes()).hexdigest()[:16]
    count, metres, expected_digest = REAL_SCAN[camera, depth_kind]
    assert (len(rows), digest) == (count, expected_digest)
    assert depth.sum(dtype=np.float64) == pytest.approx(metres, rel=1e-9)

    exact = real_data.parent / 'reference' / 'kitti_scan_depth.npz'
    if exact.is_file():
        with np.load(exact) as reference:
            prefix = f'cam{camera}_{depth_kind}_'
            expected = np.zeros(SHAPE, np.float32)
            expected[reference[prefix + 'rows'], reference[prefix + 'cols']] = \
                reference[prefix + 'depth']
        np.testing.assert_allclose(depth, expected, rtol=1e-6)
