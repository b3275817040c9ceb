"""The reference's weights into this package's checkpoints and back, as a person does it."""

import collections
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from closeness import relative_difference
from hostile_pickle import Payload
from mmengine.config import Config
from published_files import assert_files, assert_same, fails, write_files
from tiny import tiny_model

from spidepth_mm.apis import init_model
from spidepth_mm.apis.model_conversion import META_KEY, parameter_shapes
from spidepth_mm.registry import MODELS
from spidepth_mm.utils.conversion import (
    MONODEPTH2,
    SPIDEPTH,
    put_back,
    reference_files,
    split_unused,
    state_from_reference,
)
from tools.model_converters import (
    mm_to_monodepth2,
    mm_to_spidepth,
    monodepth2_to_mm,
    spidepth_to_mm,
    timm_to_mm,
)

EXTRAS = dict(height=96, width=192, use_stereo=0)


@pytest.fixture
def config(load_reference, tmp_path):
    """Path of the config of the reference's whole model."""
    cfg = load_reference('full_convnextv2_atto').cfg
    model = dict(
        type='SelfSupDepthEstimator',
        backbone=dict(type='ConvNeXtV2', arch='atto'),
        neck=dict(type='UNetDecoder', in_channels=[40, 80, 160, 320],
                  decoder_channels=cfg['decoder_channels'], out_channels=cfg['model_dim']),
        head=dict(type='SQLHead', in_channels=cfg['model_dim'], patch_size=cfg['patch_size'],
                  num_queries=cfg['query_nums'], num_bins=cfg['dim_out'],
                  depth_range=(cfg['min_depth'], cfg['max_depth'])),
        pose_net=dict(type='StrengthenedPoseNet',
                      backbone=dict(type='mmpretrain.ResNet', depth=18, in_channels=6)),
        losses=[dict(type='PhotometricLoss')])
    return _dump(model, tmp_path / 'config.py')


def _dump(model: dict, path) -> str:
    Config(dict(model=model, default_scope='spidepth_mm')).dump(path)
    return str(path)


@pytest.fixture
def files(load_reference, draw_state) -> dict:
    """Content of the reference's three files."""
    keys = load_reference('full_convnextv2_atto_keys.json')
    state = {name: draw_state(shapes, f'{name}:') for name, shapes in keys.items()}
    state['encoder'].update(EXTRAS)
    return state


@torch.no_grad()
def _check_parity(model, ref, uniform, pose=True):
    images = torch.from_numpy(uniform('full.x.convnextv2_atto', 0, 1, (
        ref.cfg['num_images'], 3, ref.cfg['height'], ref.cfg['width'])))
    assert relative_difference(model(images), ref.depth) < 1e-5
    assert relative_difference(model(images.flip(-1)), ref.depth_of_flipped) < 1e-5
    if pose:
        axisangle, translation = model.pose_net(images, images.roll(3, -1))
        assert relative_difference(axisangle, ref.axisangle) < 1e-5
        assert relative_difference(translation, ref.translation) < 1e-5


@pytest.mark.parametrize('tool', [
    spidepth_to_mm, mm_to_spidepth, monodepth2_to_mm, mm_to_monodepth2, timm_to_mm])
def test_help(tool, capsys):
    with pytest.raises(SystemExit) as error:
        tool.main(['--help'])
    assert error.value.code == 0
    assert tool.__doc__ in ' '.join(capsys.readouterr().out.split())


@pytest.mark.parametrize('prefix', ['', 'module.', 'module.module.'])
def test_converted_weights_meet_the_reference_and_go_back(
        prefix, config, files, load_reference, uniform, tmp_path, capsys):
    wrapped = {name: collections.OrderedDict(content) for name, content in files.items()}
    out = str(tmp_path / 'new' / 'out.pth')
    source = write_files(tmp_path / 'source', wrapped, prefix)
    (tmp_path / 'source' / 'adam.pth').write_bytes(b'not read')
    spidepth_to_mm.main([source, out, '--config', config])
    printed = capsys.readouterr().out
    assert 'note: Not read: adam.pth.' in printed
    assert os.listdir(tmp_path / 'new') == ['out.pth']
    if not prefix:
        _check_parity(init_model(config, out), load_reference('full_convnextv2_atto'), uniform)
    mm_to_spidepth.main([out, str(tmp_path / 'back'), '--config', config])
    assert_files(tmp_path / 'back', files)


@pytest.mark.parametrize('prefix', ['', 'module.'])
@pytest.mark.parametrize('depth_prefix', ['depth_decoder.', 'depth.'])
def test_a_fine_tuned_single_file(
        prefix, depth_prefix, config, files, load_reference, uniform, tmp_path, capsys):
    model = {f'{prefix}encoder.{k}': v for k, v in files['encoder'].items() if k not in EXTRAS}
    model.update({f'{prefix}{depth_prefix}{k}': v for k, v in files['depth'].items()})
    torch.save(dict(model=model, optimizer=dict(state={}, param_groups=[]), epoch=3),
               tmp_path / 'best.pt')
    args = [str(tmp_path / 'best.pt'), str(tmp_path / 'out.pth'), '--config', config]
    assert 'no weights for the pose net' in fails(capsys, spidepth_to_mm.main, *args)
    spidepth_to_mm.main([*args, '--no-pose'])
    printed = capsys.readouterr().out
    assert 'note: Not read: optimizer, epoch.' in printed
    assert 'loads strictly only into a model without one' in printed
    loaded = init_model(config, args[1], cfg_options={'model.pose_net': None})
    _check_parity(loaded, load_reference('full_convnextv2_atto'), uniform, pose=False)

    back = [args[1], str(tmp_path / 'back'), '--config', config]
    assert '--height and --width' in fails(capsys, mm_to_spidepth.main, *back)
    mm_to_spidepth.main([*back, '--height', '96', '--width', '192'])
    assert sorted(os.listdir(tmp_path / 'back')) == ['depth.pth', 'encoder.pth']
    assert_same(torch.load(tmp_path / 'back' / 'encoder.pth', weights_only=True), {
        **{k: v for k, v in files['encoder'].items() if k not in EXTRAS},
        'use_stereo': False, 'height': 96, 'width': 192})


def test_every_misfit_is_listed(config, files, tmp_path, capsys):
    del files['depth']['conv3x3.bias']
    files['encoder']['encoder.stem_9.weight'] = torch.zeros(1)
    files['encoder']['decoder.blocks.7.conv1.conv.weight'] = torch.zeros(1)
    files['pose']['squeeze.0.bias'] = torch.zeros(3)
    args = [write_files(tmp_path / 's', files), str(tmp_path / 'out.pth'), '--config', config]
    message = fails(capsys, spidepth_to_mm.main, *args)
    assert '2 without a place in the model:\n    encoder.pth: encoder.stem_9.weight\n' in message
    assert 'encoder.pth: decoder.blocks.7.conv1.conv.weight' in message
    assert 'pose.pth: squeeze.0.bias (3,), but pose_net.squeeze.bias is (256,)' in message
    assert '1 missing:\n    head.feature_proj.bias' in message
    assert not (tmp_path / 'out.pth').exists()


def test_entries_that_are_no_weights_are_listed(config, files, tmp_path, capsys):
    files['depth']['height'] = 96
    files['depth']['note'] = 'text'
    source = write_files(tmp_path / 's', files)
    message = fails(capsys, spidepth_to_mm.main, source, tmp_path / 'o.pth', '--config', config)
    assert 'depth.pth has 2 entries that are no weights:' in message
    assert 'height (int)' in message
    assert 'note (str)' in message


def test_missing_files(config, files, tmp_path, capsys):
    out = tmp_path / 'o.pth'
    assert 'No such folder or file: nowhere' in fails(
        capsys, spidepth_to_mm.main, 'nowhere', out, '--config', config)
    (tmp_path / 'empty').mkdir()
    assert 'has no encoder.pth and no depth.pth' in fails(
        capsys, spidepth_to_mm.main, tmp_path / 'empty', out, '--config', config)
    del files['pose']
    source = write_files(tmp_path / 's', files)
    assert 'With --no-pose' in fails(
        capsys, spidepth_to_mm.main, source, out, '--config', config)
    spidepth_to_mm.main([source, str(out), '--config', config, '--cfg-options',
                         'model.pose_net=None'])
    assert 'and this config has none' in capsys.readouterr().out
    init_model(config, str(out), cfg_options={'model.pose_net': None})


def test_a_pose_file_without_a_pose_net(config, files, tmp_path, capsys):
    args = [write_files(tmp_path / 's', files), str(tmp_path / 'o.pth'), '--config', config,
            '--cfg-options', 'model.pose_net=None']
    assert '--no-pose leaves it out' in fails(capsys, spidepth_to_mm.main, *args)
    spidepth_to_mm.main([*args, '--no-pose'])
    init_model(config, args[1], cfg_options={'model.pose_net': None})


def test_code_in_a_file_does_not_run(config, files, tmp_path, capsys):
    source = write_files(tmp_path / 's', files)
    torch.save(dict(files['pose'], evil=Payload(tmp_path / 'trap')), tmp_path / 's' / 'pose.pth')
    out = tmp_path / 'o.pth'
    for main, args in ((spidepth_to_mm.main, [source, out, '--config', config]),
                       (spidepth_to_mm.main, [f'{source}/pose.pth', out, '--config', config]),
                       (mm_to_spidepth.main, [f'{source}/pose.pth', out, '--config', config]),
                       (timm_to_mm.main, [f'{source}/pose.pth', out, '--arch', 'resnet18'])):
        assert 'Refused to load' in fails(capsys, main, *args)
        assert not (tmp_path / 'trap').exists()
        assert not out.exists()


def test_nothing_is_left_of_a_failedwrite_files(config, files, tmp_path, capsys, monkeypatch):
    source = write_files(tmp_path / 's', files)
    out = tmp_path / 'o.pth'
    out.write_bytes(b'before')

    def full(content, file):
        file.write(b'half')
        raise OSError('No space left on device')

    monkeypatch.setattr('torch.save', full)
    assert 'No space left' in fails(
        capsys, spidepth_to_mm.main, source, out, '--config', config)
    assert out.read_bytes() == b'before'
    assert [p for p in os.listdir(tmp_path) if p.endswith('.part')] == []


def test_weights_trained_here_go_out_and_come_back(tmp_path):
    """Without the notes of a conversion: sizes from the config, convolutions by width."""
    path = tmp_path / 'config.py'
    Config(dict(
        model=tiny_model(pose_net=dict(type='PoseCNN')), default_scope='spidepth_mm',
        train_dataloader=dict(dataset=dict(
            frame_offsets=(-1, 1, 's'),
            pipeline=[dict(type='ResizeFrames', scale=(64, 32))])))).dump(path)
    model = init_model(path)
    torch.save(dict(state_dict=model.state_dict(), meta=dict(iter=3)), tmp_path / 'ours.pth')
    mm_to_spidepth.main([str(tmp_path / 'ours.pth'), str(tmp_path / 's'), '--config', str(path)])
    encoder = torch.load(tmp_path / 's' / 'encoder.pth', weights_only=True)
    assert {k: encoder[k] for k in EXTRAS} == dict(height=32, width=64, use_stereo=True)
    assert encoder['encoder.stages_0.blocks.0.mlp.fc1.weight'].shape == (16, 4, 1, 1)
    spidepth_to_mm.main([str(tmp_path / 's'), str(tmp_path / 'b.pth'), '--config', str(path)])
    back = torch.load(tmp_path / 'b.pth', weights_only=True)
    assert back['meta'][META_KEY]['extras'] == dict(height=32, width=64, use_stereo=True)
    for name, value in model.state_dict().items():
        assert torch.equal(back['state_dict'][name], value)


def test_another_models_checkpoint_does_not_go_out(config, default_scope, tmp_path, capsys):
    model = MODELS.build(tiny_model())
    torch.save(model.state_dict(), tmp_path / 'x.pth')
    message = fails(capsys, mm_to_spidepth.main, tmp_path / 'x.pth', tmp_path / 'o',
                     '--config', config)
    assert 'does not fit the model of this config' in message
    assert 'missing: backbone.stages.0.1.gamma' not in message
    assert 'missing: pose_net.backbone.conv1.weight' in message
    assert 'unexpected: pose_net.backbone.downsample_layers.0.0.weight' in message
    assert 'of another shape: head.bin_conv.bias (8,), but the model has (20,)' in message
    assert not (tmp_path / 'o').exists()


def test_shapes_are_known_without_weights():
    shapes = parameter_shapes(tiny_model(backbone=dict(
        type='ConvNeXtV2', arch=dict(depths=[1, 1, 1, 1], channels=[4, 6, 8, 10]),
        drop_path_rate=0.1)))
    expected = MODELS.build(tiny_model()).state_dict()
    assert shapes == {name: tuple(value.shape) for name, value in expected.items()}


@torch.no_grad()
def test_convnext_v1_with_layer_scale(load_reference, draw_state, uniform, tmp_path):
    """Another encoder, decoder, head and image size than above, in every number."""
    ref, keys = load_reference('full_convnext_tiny'), load_reference('full_convnext_tiny_keys.json')
    files = {file: draw_state(shapes, f'{file}:') for file, shapes in keys.items()}
    assert 'encoder.stages_0.blocks.0.gamma' in files['encoder']
    files['encoder'].update(height=ref.cfg['height'], width=ref.cfg['width'], use_stereo=True)
    config = _dump(dict(
        type='SelfSupDepthEstimator',
        backbone=dict(type='ConvNeXt', arch='tiny'),
        neck=dict(type='UNetDecoder', in_channels=[96, 192, 384, 768],
                  decoder_channels=ref.cfg['decoder_channels'], out_channels=ref.cfg['model_dim']),
        head=dict(type='SQLHead', in_channels=ref.cfg['model_dim'],
                  patch_size=ref.cfg['patch_size'], num_queries=ref.cfg['query_nums'],
                  num_bins=ref.cfg['dim_out'],
                  depth_range=(ref.cfg['min_depth'], ref.cfg['max_depth']))),
        tmp_path / 'config.py')
    out = str(tmp_path / 'o.pth')
    spidepth_to_mm.main([write_files(tmp_path / 's', files), out, '--config', config])
    model = init_model(config, out)
    image = torch.from_numpy(uniform(
        'full.x.convnext_tiny', 0, 1, (1, 3, ref.cfg['height'], ref.cfg['width'])))
    assert relative_difference(model(image), ref.depth) < 1e-5
    assert relative_difference(model(image.flip(-1)), ref.depth_of_flipped) < 1e-5
    mm_to_spidepth.main([out, str(tmp_path / 'back'), '--config', config])
    assert_files(tmp_path / 'back', files)


# --- Other sizes: timm says how the reference's files call them. ---

SIZES = [f'{family}_{size}' for family, sizes in (
    ('convnext', 'atto femto pico nano tiny small base large xlarge'),
    ('convnextv2', 'atto femto pico nano tiny small base large huge')) for size in sizes.split()]


@pytest.mark.parametrize('name', [*SIZES, 'resnet18', 'resnet34', 'resnet50', 'resnet101'])
def test_names_and_shapes_of_every_encoder(name):
    """As the pose net's encoder, which sees six channels; names do not depend on that."""
    timm = pytest.importorskip('timm')
    with torch.device('meta'):
        theirs = timm.create_model(name, features_only=True, in_chans=6).state_dict()
    family, _, size = name.partition('_')
    backbone = dict(type='mmpretrain.ResNet', depth=int(name[6:])) if 'resnet' in name else dict(
        type=dict(convnext='ConvNeXt', convnextv2='ConvNeXtV2')[family], arch=size)
    shapes = parameter_shapes(dict(
        type='StrengthenedPoseNet', backbone=dict(backbone, in_channels=6)))
    ours = {f'pose_net.{k}': torch.empty(v, device='meta') for k, v in shapes.items()}
    written = reference_files(ours)['pose']
    encoder = {k[len('encoder.'):]: tuple(v.shape) for k, v in written.items()
               if k.startswith('encoder.')}
    assert encoder == {k: tuple(v.shape) for k, v in theirs.items()}
    assert {k for k in written if not k.startswith('encoder.')} == {
        f'{layer}.{leaf}' for layer in ('squeeze.0', 'decoder.0.0', 'decoder.1.0', 'decoder.2')
        for leaf in ('weight', 'bias')}


@pytest.mark.parametrize('name', ['convnext_tiny', 'convnextv2_tiny', 'convnext_atto'])
def test_depth_and_pose_encoders_compute_what_timms_do(name, tmp_path):
    timm = pytest.importorskip('timm')
    family, _, size = name.partition('_')
    kind = dict(convnext='ConvNeXt', convnextv2='ConvNeXtV2')[family]
    channels = dict(tiny=[96, 192, 384, 768], atto=[40, 80, 160, 320])[size]
    tiny = tiny_model()
    config = _dump(dict(
        tiny, backbone=dict(type=kind, arch=size),
        neck=dict(tiny['neck'], in_channels=channels),
        pose_net=dict(type='StrengthenedPoseNet', hidden_channels=8,
                      backbone=dict(type=kind, arch=size, in_channels=6))),
        tmp_path / 'config.py')
    encoders = [timm.create_model(name, features_only=True, in_chans=c).eval() for c in (3, 6)]
    for encoder in encoders:
        for key, value in encoder.state_dict().items():
            if key.endswith('gamma') or 'grn' in key:  # else nothing would depend on them
                value.normal_()
    ours = reference_files(init_model(config).state_dict())
    files = dict(ours, encoder={**ours['encoder'], **EXTRAS, **{
        f'encoder.{k}': v for k, v in encoders[0].state_dict().items()}})
    files['pose'] = {**ours['pose'], **{
        f'encoder.{k}': v for k, v in encoders[1].state_dict().items()}}
    out = str(tmp_path / 'o.pth')
    spidepth_to_mm.main([write_files(tmp_path / 's', files), out, '--config', config])
    model = init_model(config, out)
    for encoder, mine, c in zip(encoders, (model.backbone, model.pose_net.backbone), (3, 6)):
        images = torch.rand(1, c, 32, 64)
        with torch.no_grad():
            expected, got = encoder(images), mine(images)
        for a, b in zip(got[-1:], expected[-1:]):
            assert relative_difference(a, b.numpy()) < 1e-4
    mm_to_spidepth.main([out, str(tmp_path / 'back'), '--config', config])
    assert_files(tmp_path / 'back', files)


@pytest.mark.parametrize('name', ['convnext_atto', 'convnextv2_atto', 'resnet18', 'resnet50'])
@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_imagenet_weights_of_timm(name, suffix, tmp_path, capsys):
    timm = pytest.importorskip('timm')
    theirs = timm.create_model(name).eval()
    for value in theirs.state_dict().values():
        if value.ndim == 1:
            value.uniform_(0.5, 1.5)
    source, out = str(tmp_path / f'x.{suffix}'), str(tmp_path / 'o.pth')
    if suffix == 'pth':
        torch.save(theirs.state_dict(), source)
    else:
        pytest.importorskip('safetensors.torch').save_file(theirs.state_dict(), source)
    timm_to_mm.main([source, out, '--arch', name])
    head = 'fc' if 'resnet' in name else 'head.fc'
    printed = capsys.readouterr().out.splitlines()[0]
    dropped = printed[len('Dropped, the classifier: '):-1]
    assert sorted(dropped.split(', ')) == [f'{head}.bias', f'{head}.weight']
    backbone = dict(type='mmpretrain.ResNet', depth=int(name[6:])) if 'resnet' in name else dict(
        type=dict(convnext='ConvNeXt', convnextv2='ConvNeXtV2')[name.split('_')[0]], arch='atto')
    images = torch.rand(1, 3, 64, 64)
    for channels in (3, 6):
        model = MODELS.build(dict(
            type='StrengthenedPoseNet', backbone=dict(
                backbone, in_channels=6, init_cfg=dict(type='Pretrained', checkpoint=out)),
        ) if channels == 6 else dict(
            backbone, init_cfg=dict(type='Pretrained', checkpoint=out)))
        model.init_weights()
        encoder = model.backbone if channels == 6 else model
        encoder.eval()
        with torch.no_grad():
            got = encoder(images.repeat(1, channels // 3, 1, 1))[-1]
            if 'resnet' in name:
                expected = theirs.forward_features(images)
            else:
                expected = theirs.stages(theirs.stem(images))
        assert relative_difference(got, expected.numpy()) < 1e-4


def test_timm_weights_of_another_arch(tmp_path, capsys):
    torch.save({'conv1.weight': torch.zeros(64, 3, 7, 7), 'odd.weight': torch.zeros(1)},
               tmp_path / 'x.pth')
    out = tmp_path / 'o.pth'
    message = fails(capsys, timm_to_mm.main, tmp_path / 'x.pth', out, '--arch', 'resnet18')
    assert '1 without a place in the model:\n    odd.weight' in message
    assert 'missing:\n    bn1.weight' in message
    assert "Unknown arch 'vit_base'" in fails(
        capsys, timm_to_mm.main, tmp_path / 'x.pth', out, '--arch', 'vit_base')
    (tmp_path / 'x.safetensors').write_bytes(np.arange(20, dtype=np.uint8).tobytes())
    pytest.importorskip('safetensors')
    assert 'Damaged or no safetensors file' in fails(
        capsys, timm_to_mm.main, tmp_path / 'x.safetensors', out, '--arch', 'resnet18')
    assert not out.exists()


# --- The published models' own configs, without their weights. ---

CONFIGS = Path(__file__).parents[2] / 'configs'
PUBLISHED = [*(('spidepth', path) for path in (
    'spidepth/kitti.py', 'spidepth/spidepth_convnext_large_kitti_320x1024.py',
    'spidepth/spidepth_convnext_xlarge_kitti_320x1024.py', 'spidepth/kitti_finetune.py',
    'sqldepth/sqldepth_convnext_large_kitti_320x1024.py',
    'sqldepth/sqldepth_r50_kitti_192x640.py', 'sqldepth/sqldepth_r50_kitti_320x1024.py')),
             *(('monodepth2', f'monodepth2/monodepth2_{name}_kitti_192x640.py')
               for name in ('r18_m', 'r18_s', 'r18_ms', 'r50_m'))]


@pytest.mark.parametrize(('form', 'path'), PUBLISHED)
def test_files_of_published_models_have_a_place_in_their_config(form, path):
    form = dict(spidepth=SPIDEPTH, monodepth2=MONODEPTH2)[form]
    model = Config.fromfile(CONFIGS / path).model
    shapes = parameter_shapes(model)
    state = {name: torch.empty(shape, device='meta') for name, shape in shapes.items()}
    files = put_back(reference_files(state, form=form), form)
    has_pose_net = model.get('pose_net') is not None
    assert tuple(files) == (form.files if has_pose_net else form.depth_files)
    used, _ = split_unused(files, form)
    back, _ = state_from_reference(used, shapes, form=form)
    assert {name: tuple(value.shape) for name, value in back.items()} == shapes
