"""ResNet with the stem's map."""

import torch
from mmpretrain.models import ResNet as PlainResNet


def test_the_stems_map_comes_first_and_the_others_are_mmpretrains(build):
    ours = build('ResNet', depth=18).eval()
    plain = PlainResNet(depth=18, out_indices=(0, 1, 2, 3))
    plain.load_state_dict(ours.state_dict())
    plain.eval()
    images = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        stem, *stages = ours(images)
        expected = plain(images)
        by_hand = torch.relu(ours.bn1(ours.conv1(images)))
    assert torch.equal(stem, by_hand)
    assert [tuple(x.shape) for x in (stem, *stages)] == [
        (1, 64, 32, 48), (1, 64, 16, 24), (1, 128, 8, 12), (1, 256, 4, 6), (1, 512, 2, 3)]
    for found, wanted in zip(stages, expected):
        assert torch.equal(found, wanted)


def test_channels_of_the_deeper_ones(build):
    model = build('ResNet', depth=50).eval()
    with torch.no_grad():
        assert [x.shape[1] for x in model(torch.rand(1, 3, 32, 32))] == [64, 256, 512, 1024, 2048]


def test_without_the_stem_and_with_fewer_stages(build):
    model = build('ResNet', depth=18, out_stem=False, out_indices=(1, 3))
    assert [x.shape[1] for x in model(torch.rand(2, 3, 64, 64))] == [128, 512]


def test_a_deep_stem(build):
    model = build('ResNet', depth=18, deep_stem=True)
    assert model(torch.rand(2, 3, 64, 64))[0].shape == (2, 64, 32, 32)


def test_train_and_eval_can_be_chained(build):
    model = build('ResNet', depth=18)
    assert model.eval() is model
    assert model.train() is model


def test_weights_for_one_image_fit_a_stem_for_two(build):
    one, two = build('ResNet', depth=18).eval(), build('ResNet', depth=18, in_channels=6).eval()
    two.load_state_dict(one.state_dict())
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            two(torch.cat([image, image], 1))[-1], one(image)[-1], rtol=1e-4, atol=1e-5)
