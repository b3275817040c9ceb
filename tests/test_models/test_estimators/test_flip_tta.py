"""Flip test-time augmentation."""

import torch
from closeness import relative_difference

from spidepth_mm.models.estimators.flip_tta import blend_flipped, predict_with_flip


def test_blending_meets_the_reference(load_reference):
    ref = load_reference('flip_post_process')
    # The reference mirrors the second prediction back while it blends.
    unflipped = torch.from_numpy(ref.pred_of_flipped).flip(-1)
    blended = blend_flipped(torch.from_numpy(ref.pred), unflipped)
    assert relative_difference(blended, ref.blended) < 1e-6


def test_the_middle_is_the_mean_and_the_sides_are_the_good_ones():
    pred, other = torch.zeros(1, 1, 2, 101), torch.ones(1, 1, 2, 101)
    blended = blend_flipped(pred, other)[0, 0, 0]
    # The left 5 % are the other's, the right 5 % its own.
    torch.testing.assert_close(blended[:6], torch.ones(6))
    torch.testing.assert_close(blended[-6:], torch.zeros(6))
    torch.testing.assert_close(blended[10:-10], torch.full((81, ), 0.5))
    assert (blended.diff() <= 1e-6).all()


def test_equal_predictions_stay_what_they_are():
    pred = torch.rand(2, 1, 4, 40)
    torch.testing.assert_close(blend_flipped(pred, pred), pred)


def test_a_symmetric_network_is_unchanged():
    images = torch.rand(2, 3, 4, 40)
    predicted = predict_with_flip(lambda x: x.mean(1, keepdim=True), images)
    torch.testing.assert_close(predicted, images.mean(1, keepdim=True))


def test_disparities_are_blended_where_the_head_says_so():
    images = 1 + torch.rand(2, 1, 4, 40)
    plain, mirrored = images, (images.flip(-1) + 3).flip(-1)

    def network(x):
        return x if torch.equal(x, images) else x + 3

    found = predict_with_flip(network, images, 'disparity')
    torch.testing.assert_close(found, 1 / blend_flipped(1 / plain, 1 / mirrored))
    assert not torch.allclose(found, predict_with_flip(network, images))


def test_the_network_sees_the_mirrored_image():
    seen = []

    def network(images):
        seen.append(images)
        return images[:, :1]

    images = torch.rand(2, 3, 4, 40)
    predict_with_flip(network, images)
    assert torch.equal(seen[0], images)
    assert torch.equal(seen[1], images.flip(-1))
