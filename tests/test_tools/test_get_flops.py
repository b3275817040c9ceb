"""Parameters and operations."""

import re

import pytest
import torch
from mmengine.config import Config
from tiny import HEIGHT, WIDTH, tiny_model
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from spidepth_mm.apis import init_model
from tools.analysis_tools.get_flops import DepthNet, complexity, image_shape, main


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'tiny.py'
    Config(dict(default_scope='spidepth_mm', model=tiny_model())).dump(path)
    return str(path)


def test_a_convolution_by_hand():
    rows, uncounted = complexity(nn.Sequential(nn.Conv2d(3, 5, 3, padding=1)),
                                 (torch.rand(1, 3, 4, 6), ))
    assert rows == [(name, 5 * 27 + 5, 4 * 6 * 5 * 27, 4 * 6 * 5) for name in ('', '0')]
    assert uncounted == {}


def test_attention_by_hand():
    class Attention(nn.Module):
        def forward(self, q, k):
            return nn.functional.scaled_dot_product_attention(q, k, k)

    rows, uncounted = complexity(
        Attention(), (torch.rand(2, 3, 5, 8), torch.rand(2, 3, 7, 8)))
    assert rows[0][2] == 2 * 3 * 5 * 7 * 16
    assert uncounted == {}


def test_the_nets_agree_with_torchs_counter(config):
    model = init_model(config)
    image = torch.rand(1, 3, HEIGHT, WIDTH)
    for net, inputs in ((DepthNet(model).eval(), (image, )), (model.pose_net, (image, image))):
        rows, _ = complexity(net, inputs)
        assert rows[0][1] == sum(p.numel() for p in net.parameters())
        assert sum(row[1] for row in rows[1:]) == rows[0][1]
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            net(*inputs)
        torch.backends.mha.set_fastpath_enabled(True)
        # torch counts additions apart, and neither norms nor resizing.
        products = counter.get_total_flops() / 2
        assert products <= rows[0][2] < 1.25 * products


def test_the_tables(config, capsys):
    main([config, '--shape', '32', '64'])
    out = capsys.readouterr().out
    assert 'images of 32x64' in out
    names = re.findall(r'^\| (\S.*?) \| [\d.]+ M', out, re.MULTILINE)
    assert names[:4] == ['depth net', 'backbone', 'neck', 'head']
    assert names[4] == 'pose net (one pair)'


def test_the_shape_is_the_pipelines():
    def config(**loaders):
        return Config({f'{part}_dataloader': dict(dataset=dict(pipeline=[
            dict(type='LoadFrames'), dict(type='ResizeFrames', scale=scale)]))
            for part, scale in loaders.items()})

    assert image_shape(config(train=(64, 32), test=(96, 64)), None) == (64, 96)
    assert image_shape(config(train=(64, 32)), None) == (32, 64)
    assert image_shape(config(train=(64, 32)), [128]) == (128, 128)
    assert image_shape(config(), [32, 64]) == (32, 64)
    with pytest.raises(ValueError, match='give --shape HEIGHT WIDTH'):
        image_shape(config(), None)


@pytest.mark.parametrize(('shape', 'message'), [
    (['30', '64'], 'multiples of 32'), (['1', '2', '3'], 'got [1, 2, 3]'), (['-1'], 'got [-1]')])
def test_bad_shapes_are_one_message(config, capsys, shape, message):
    with pytest.raises(SystemExit) as stopped:
        main([config, '--shape', *shape])
    assert stopped.value.code == 1
    assert message in capsys.readouterr().err
