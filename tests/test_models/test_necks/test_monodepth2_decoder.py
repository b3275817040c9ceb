"""Monodepth2's decoder; its numbers are met in the tests of weight conversion."""

import pytest
import torch
import torch.nn.functional as F

CHANNELS = dict(in_channels=[3, 4], decoder_channels=[6, 5])


def maps(channels=(3, 4), sizes=((8, 12), (4, 6))):
    return [torch.randn(2, c, *s, requires_grad=True) for c, s in zip(channels, sizes)]


def test_step_by_step(build):
    neck = build('Monodepth2Decoder', **CHANNELS, num_outputs=2)
    fine, coarse = maps()

    def convolve(layer, x):
        x = F.pad(x, (1, 1, 1, 1), mode='reflect')
        return F.elu(F.conv2d(x, layer.conv.weight, layer.conv.bias))

    def double(x):
        return x.repeat_interleave(2, -1).repeat_interleave(2, -2)

    first, second = neck.blocks
    middle = convolve(first.conv2, torch.cat([double(convolve(first.conv1, coarse)), fine], 1))
    last = convolve(second.conv2, double(convolve(second.conv1, middle)))
    outputs = neck([fine, coarse])
    assert len(outputs) == 2
    torch.testing.assert_close(outputs[0], last)
    torch.testing.assert_close(outputs[1], middle)


@pytest.mark.parametrize('num_outputs', [1, 3, 5])
def test_outputs_are_fine_to_coarse(build, num_outputs):
    neck = build('Monodepth2Decoder', in_channels=[2, 3, 4, 5, 6],
                 decoder_channels=[10, 9, 8, 7, 6], num_outputs=num_outputs)
    sizes = [(64 // 2**i, 96 // 2**i) for i in range(1, 6)]
    outputs = neck(maps((2, 3, 4, 5, 6), sizes))
    assert [tuple(x.shape) for x in outputs] == [
        (2, 6 + i, 64 // 2**i, 96 // 2**i) for i in range(num_outputs)]


def test_all_inputs_and_weights_take_part(build):
    neck = build('Monodepth2Decoder', **CHANNELS, num_outputs=1)
    features = maps()
    neck(features)[0].square().sum().backward()
    assert all(feature.grad.abs().sum() > 0 for feature in features)
    assert all(parameter.grad.abs().sum() > 0 for parameter in neck.parameters())


def test_too_small_to_be_reflected(build):
    with pytest.raises(ValueError, match=r'at least 2x2, got 1x6.*larger images'):
        build('Monodepth2Decoder', **CHANNELS, num_outputs=1)(maps(sizes=((2, 12), (1, 6))))


def test_bad_numbers(build):
    with pytest.raises(ValueError, match=r'2 in_channels \(3, 4\) and 1 decoder_channels \(6,\)'):
        build('Monodepth2Decoder', in_channels=[3, 4], decoder_channels=[6])
    for number in (0, 3):
        with pytest.raises(ValueError, match=f'num_outputs must be 1 to 2.*got {number}'):
            build('Monodepth2Decoder', **CHANNELS, num_outputs=number)
