"""The z-buffer against rays cast one by one in float64."""

import numpy as np
import pytest

from spidepth_mm.datasets.synthetic.camera import Camera, kitti_like_intrinsics
from spidepth_mm.datasets.synthetic.drive import plan_drive
from spidepth_mm.datasets.synthetic.road import HALF_WIDTH, KERB_HEIGHT
from spidepth_mm.datasets.synthetic.samples import FIRST_PATCH, KERB, PAVEMENT, ROAD, SKY
from spidepth_mm.datasets.synthetic.visibility import find_visible

SIZE = (160, 48)


@pytest.fixture(scope='module')
def seen_scene():
    scene, trajectory = plan_drive(0, 9601, SIZE, 4)
    camera = Camera(kitti_like_intrinsics(SIZE), trajectory.world_from_camera[1], SIZE)
    patches = scene.patches_at(1)
    return scene, patches, camera, find_visible(patches, scene.blobs, scene.road, camera)


def _nearest_object(patches, blobs, origin, ray):
    """Depth of the nearest patch or ellipsoid, its label and how far inside its edge it is."""
    best, label = np.inf, SKY
    for i in range(len(patches)):
        frame = np.stack([patches.right[i], patches.down[i], -ray], 1)
        if np.linalg.det(frame) > -1e-12:  # faces away
            continue
        a, b, depth = np.linalg.solve(frame, origin - patches.origin[i])
        left, right = patches.taper[i] * (1 - b)
        inside = left <= a <= 1 - right and 0 <= b <= 1
        if patches.disc[i]:
            inside = (a - 0.5)**2 + (b - 0.5)**2 <= 0.25
        if inside and 0.3 < depth < best:
            best, label = depth, FIRST_PATCH + i
    for i in range(len(blobs)):
        k, c = ray / blobs.radii[i], (origin - blobs.centre[i]) / blobs.radii[i]
        root = (k @ c)**2 - (k @ k) * (c @ c - 1)
        depth = (-(k @ c) - np.sqrt(max(root, 0))) / (k @ k)
        if root > 0 and 0.3 < depth < best:
            best, label = depth, FIRST_PATCH + len(patches) + i
    return best, label


def test_patches_and_blobs_match_single_rays(seen_scene):
    scene, patches, camera, seen = seen_scene
    rng = np.random.default_rng(0)
    agree = compared = 0
    for row, column in zip(rng.integers(0, 97, 60), rng.integers(0, 321, 60)):
        pixel = np.array([seen.columns[column], seen.rows[row], 1.0])
        ray = camera.world_from_pixel() @ pixel
        depth, label = _nearest_object(patches, scene.blobs, camera.centre, ray)
        surface, inverse = seen.surface[row, column], seen.inverse_depth[row, column]
        if surface in (ROAD, PAVEMENT, KERB):
            assert depth > 1 / inverse * (1 - 1e-4)
            continue
        compared += 1
        same = surface == label
        agree += same
        if same and surface != SKY:
            assert abs(1 / inverse - depth) < 2e-4 * depth
    assert compared > 20 and agree >= compared - 1  # an edge may fall either way in float32


def test_ground_has_its_two_heights_and_the_kerb_between(seen_scene):
    scene, _, camera, seen = seen_scene
    rows, columns = np.nonzero((seen.surface >= ROAD) & (seen.surface <= KERB))
    pixels = np.stack([seen.columns[columns], seen.rows[rows], np.ones(rows.size)])
    rays = camera.world_from_pixel() @ pixels
    points = camera.centre[:, None] + rays / seen.inverse_depth[rows, columns]
    surface = seen.surface[rows, columns]
    depth = 1 / seen.inverse_depth[rows, columns]
    near = depth < 60
    height, across = -points[1], np.abs(scene.road.across(points[0], points[2]))
    np.testing.assert_allclose(height[near & (surface == ROAD)], 0, atol=1e-3)
    np.testing.assert_allclose(height[near & (surface == PAVEMENT)], KERB_HEIGHT, atol=1e-3)
    kerb = near & (surface == KERB)
    assert kerb.sum() > 5
    np.testing.assert_allclose(across[kerb], HALF_WIDTH, atol=2e-3)
    assert (height[kerb] > -1e-3).all() and (height[kerb] < KERB_HEIGHT + 1e-3).all()
    assert (across[surface == ROAD] <= HALF_WIDTH + 1e-3).all()


def test_level_camera_sees_the_road_at_height_times_focal_over_row(seen_scene):
    scene, patches, _, _ = seen_scene
    pose = np.eye(4)
    pose[:3, 3] = float(scene.road.bend(0.0)), -1.65, 0
    camera = Camera(kitti_like_intrinsics(SIZE), pose, SIZE)
    seen = find_visible(patches, scene.blobs, scene.road, camera)
    road = seen.surface == ROAD
    assert road.sum() > 500
    rows = np.broadcast_to(seen.rows[:, None], road.shape)[road]
    focal, centre = camera.cam2img[1, 1], camera.cam2img[1, 2]
    np.testing.assert_allclose(1 / seen.inverse_depth[road], 1.65 * focal / (rows - centre),
                               rtol=1e-4)
