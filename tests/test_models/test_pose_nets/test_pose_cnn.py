"""The standard pose net."""

import torch
from closeness import relative_difference
from reference_names import load, pose_cnn_name

from spidepth_mm.models.pose_nets.pose_cnn import split_pose


def test_pose_meets_the_reference(build, load_reference, draw_state):
    ref = load_reference('pose_cnn_standard')
    shapes = load_reference('component_keys.json')['pose_cnn_standard']
    net = load(build('PoseCNN'), draw_state(shapes, 'pose_std.'), pose_cnn_name)
    axisangle, translation = net(torch.from_numpy(ref.image_a), torch.from_numpy(ref.image_b))
    assert relative_difference(axisangle, ref.axisangle) < 1e-5
    assert relative_difference(translation, ref.translation) < 1e-5


def test_pose_scale_is_a_factor(build):
    small, large = build('PoseCNN', pose_scale=0.01), build('PoseCNN', pose_scale=1.)
    large.load_state_dict(small.state_dict())
    frames = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    for a, b in zip(small(*frames), large(*frames)):
        assert a.shape == (1, 3)
        torch.testing.assert_close(100 * a, b)


def test_pose_is_split_in_float32():
    maps = torch.zeros(2, 6, 2, 2, dtype=torch.float16)
    maps[1, :, 0, 0] = torch.arange(6.)
    axisangle, translation = split_pose(maps, 0.1)
    assert axisangle.dtype == translation.dtype == torch.float32
    torch.testing.assert_close(axisangle[1], torch.tensor([0., 1., 2.]) / 40)
    torch.testing.assert_close(translation[1], torch.tensor([3., 4., 5.]) / 40)
    assert not axisangle[0].any()
