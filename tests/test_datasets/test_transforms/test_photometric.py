import numpy as np
import pytest

from spidepth_mm.datasets.transforms import RandomGammaBrightnessColor
from spidepth_mm.datasets.transforms.photometric import change_colors


def test_by_hand():
    pixel = np.array([[[0.25, 0.5, 1.0]]])
    # Square root, then the factors: 0.5 * 1.2, 0.7071 * 1, 1 * 1.5 clipped.
    np.testing.assert_allclose(
        change_colors(pixel, 0.5, np.array([1.2, 1.0, 1.5])), [[[0.6, 0.70710678, 1.0]]])
    bytes_ = change_colors(np.array([[[64, 128, 255]]], np.uint8), 2.0, np.array([1.0, 0.5, 1.1]))
    # 255 * (64/255)^2 = 16.06, 255 * (128/255)^2 / 2 = 32.13
    np.testing.assert_array_equal(bytes_, [[[16, 32, 255]]])
    assert bytes_.dtype == np.uint8


def test_all_frames_get_one_draw_and_the_given_ones_stay():
    frames = [np.random.randint(0, 256, (4, 5, 3), np.uint8)] * 2
    before = frames[0].copy()
    results = dict(frames=frames, gt_depth_map=np.ones((4, 5)))
    after = RandomGammaBrightnessColor(prob=1)(results)
    np.testing.assert_array_equal(*after['frames'])
    assert not np.array_equal(after['frames'][0], before)
    np.testing.assert_array_equal(frames[0], before)
    assert after['gt_depth_map'] is results['gt_depth_map']


def test_ranges_are_kept_and_used():
    grey = dict(frames=[np.full((1, 1, 3), 0.5)])
    none = dict(gamma=(1, 1), brightness=(1, 1), color=(1, 1), prob=1)
    for name, low, high in (('gamma', 0.5 ** 1.1, 0.5 ** 0.9), ('brightness', 0.45, 0.55),
                            ('color', 0.45, 0.55)):
        transform = RandomGammaBrightnessColor(**{**none, name: (0.9, 1.1)})
        values = np.concatenate([transform(grey)['frames'][0].reshape(1, 3) for _ in range(300)])
        assert low <= values.min() < low + 0.005 and high - 0.005 < values.max() <= high
        # Only colour differs between the channels.
        assert np.allclose(values[:, 0], values[:, 1]) == (name != 'color')


def test_share_of_changed_samples():
    frame = np.full((2, 2, 3), 100, np.uint8)
    changed = [RandomGammaBrightnessColor(brightness=(0.5, 0.6))(dict(frames=[frame]))['frames'][0]
               is not frame for _ in range(400)]
    assert 0.4 < np.mean(changed) < 0.6
    unchanged = dict(frames=[frame])
    assert RandomGammaBrightnessColor(prob=0)(unchanged)['frames'][0] is frame


def test_bad_input_is_explained():
    with pytest.raises(ValueError, match=r'gamma must be .low, high'):
        RandomGammaBrightnessColor(gamma=(1.1, 0.9))
    with pytest.raises(ValueError, match='color must be'):
        RandomGammaBrightnessColor(color=(0, 1))
    with pytest.raises(ValueError, match='prob must lie'):
        RandomGammaBrightnessColor(prob=2)
