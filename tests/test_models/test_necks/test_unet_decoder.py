"""The DepthNet's decoder."""

import pytest
import torch
from closeness import relative_difference
from reference_names import load

from spidepth_mm.models.necks import unet_decoder
from spidepth_mm.models.necks.unet_decoder import convolve_upsampled


def test_output_meets_the_reference(load_reference, draw_state, build):
    ref = load_reference('unet_decoder')
    neck = build(
        'UNetDecoder', in_channels=ref.cfg['encoder_channels'],
        decoder_channels=ref.cfg['decoder_channels'], out_channels=ref.cfg['out_channels'])
    shapes = load_reference('component_keys.json')['unet_decoder']
    load(neck, draw_state(shapes, 'encoder.decoder.'))
    features = [torch.from_numpy(getattr(ref, f'feat{i}')) for i in range(4)]
    outputs = neck(features)
    assert isinstance(outputs, tuple)
    assert len(outputs) == 1
    assert relative_difference(outputs[0], ref.out) < 1e-5


def test_odd_sizes(build):
    neck = build('UNetDecoder', in_channels=[4, 6, 8], decoder_channels=[8, 6, 4], out_channels=3)
    sizes = [(7, 11), (4, 5), (2, 3)]
    features = [torch.randn(2, c, *size) for c, size in zip((4, 6, 8), sizes)]
    assert neck(features)[0].shape == (2, 3, 14, 22)


def test_one_stage(build):
    neck = build('UNetDecoder', in_channels=[4], decoder_channels=[5], out_channels=2)
    assert neck([torch.randn(1, 4, 6, 8)])[0].shape == (1, 2, 12, 16)


def test_norm_and_activation_are_configurable(build):
    neck = build('UNetDecoder', in_channels=[4, 6], decoder_channels=[6, 4], out_channels=2,
                 norm_cfg=dict(type='GN', num_groups=2), act_cfg=dict(type='GELU'))
    kinds = {type(m).__name__ for m in neck.modules()}
    assert {'GroupNorm', 'GELU'} <= kinds
    assert not {'BatchNorm2d', 'ReLU'} & kinds


def test_all_inputs_and_weights_take_part(build):
    neck = build('UNetDecoder', in_channels=[4, 6], decoder_channels=[6, 4], out_channels=2)
    features = [torch.randn(2, c, s, s, requires_grad=True) for c, s in ((4, 8), (6, 4))]
    neck(features)[0].square().sum().backward()
    assert all(feature.grad.abs().sum() > 0 for feature in features)
    assert all(parameter.grad is not None for parameter in neck.parameters())


def test_a_block_is_needed_for_each_stage(build):
    with pytest.raises(ValueError, match=r'4 in_channels \(1, 2, 3, 4\) and 3 decoder_channels'):
        build('UNetDecoder', in_channels=[1, 2, 3, 4], decoder_channels=[3, 2, 1])


def test_caller_keeps_its_config(build):
    norm_cfg, act_cfg = dict(type='BN'), dict(type='ReLU')
    build('UNetDecoder', in_channels=[4], decoder_channels=[4], norm_cfg=norm_cfg, act_cfg=act_cfg)
    assert norm_cfg == dict(type='BN')
    assert act_cfg == dict(type='ReLU')


@pytest.mark.parametrize('norm_cfg', [dict(type='BN'), None])
@pytest.mark.parametrize('sizes', [[(8, 12), (4, 6), (2, 3)], [(7, 11), (4, 5), (2, 3)]])
def test_convolving_before_upsampling_is_the_same(build, monkeypatch, sizes, norm_cfg):
    neck = build('UNetDecoder', in_channels=[4, 6, 8], decoder_channels=[8, 6, 4], out_channels=3,
                 norm_cfg=norm_cfg).eval()
    features = [torch.randn(2, c, *size) for c, size in zip((4, 6, 8), sizes)]
    with torch.no_grad():
        expected = neck(features)[0]
        monkeypatch.setattr(unet_decoder, 'CONVOLVE_FIRST_CHANNELS', 1)
        calls = []
        monkeypatch.setattr(unet_decoder, 'convolve_upsampled', lambda *args: calls.append(
            1) or convolve_upsampled(*args))
        torch.testing.assert_close(neck(features)[0], expected, rtol=1e-5, atol=1e-6)
    assert len(calls) == 3


def test_training_convolves_after_upsampling(build, monkeypatch):
    monkeypatch.setattr(unet_decoder, 'CONVOLVE_FIRST_CHANNELS', 1)
    monkeypatch.setattr(unet_decoder, 'convolve_upsampled', None)
    neck = build('UNetDecoder', in_channels=[4, 6], decoder_channels=[6, 4], out_channels=2)
    features = [torch.randn(2, c, s, s) for c, s in ((4, 8), (6, 4))]
    neck(features)
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
        neck(features)
