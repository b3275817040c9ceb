"""SQLdepth's ResNet models and Monodepth2's: their files in, the same numbers out, and back."""

import json
from pathlib import Path

import pytest
import torch
from closeness import relative_difference
from mmengine.config import Config
from published_files import assert_files, fails, write_files

from spidepth_mm.apis import init_model
from spidepth_mm.apis.model_conversion import META_KEY
from tools.model_converters import (
    mm_to_monodepth2,
    mm_to_spidepth,
    monodepth2_to_mm,
    spidepth_to_mm,
)

CONFIGS = Path(__file__).parents[2] / 'configs'
EXTRAS = dict(height=96, width=160, use_stereo=False)
MONODEPTH2 = str(CONFIGS / 'monodepth2' / 'monodepth2_r18_m_kitti_192x640.py')


@pytest.fixture
def files_of(draw_state, load_reference):
    """``files_of('full_monodepth2_resnet18')``: the content of the reference's files."""
    def make(name: str) -> dict:
        keys = load_reference(f'{name}_keys.json')
        files = {file: draw_state(shapes, f'{file}:') for file, shapes in keys.items()}
        files['encoder'].update(EXTRAS)
        return files

    return make


@pytest.fixture
def sqldepth_config(load_reference, tmp_path) -> str:
    """SQLdepth's config for the golden numbers' head, without a pose net."""
    cfg = load_reference('full_sqldepth_resnet50').cfg
    config = Config.fromfile(CONFIGS / 'sqldepth' / 'sqldepth_r50_kitti_192x640.py')
    config.merge_from_dict(dict(model=dict(pose_net=None, head=dict(
        patch_size=cfg['patch_size'], num_queries=cfg['query_nums'], num_bins=cfg['dim_out']))))
    config.dump(tmp_path / 'config.py')
    return str(tmp_path / 'config.py')


def _image(ref, uniform, name: str) -> torch.Tensor:
    return torch.from_numpy(uniform(f'full.x.{name}', 0, 1, (1, 3, *ref)))


@torch.no_grad()
def test_sqldepth_with_resnet50(sqldepth_config, files_of, load_reference, uniform, tmp_path,
                                capsys):
    files, ref = files_of('full_sqldepth_resnet50'), load_reference('full_sqldepth_resnet50')
    out = str(tmp_path / 'out.pth')
    source = write_files(tmp_path / 'source', files, 'module.')
    spidepth_to_mm.main([source, out, '--config', sqldepth_config])
    assert ('note: Kept aside, since no prediction depends on them: encoder.pth: '
            'encoder.encoder.fc.weight, encoder.pth: encoder.encoder.fc.bias.'
            ) in capsys.readouterr().out

    model = init_model(sqldepth_config, out)
    image = _image((ref.cfg['height'], ref.cfg['width']), uniform, 'sqldepth_resnet50')
    normalized = model.data_preprocessor.normalize(image)
    assert relative_difference(model.extract_feat(normalized)[0].mean((2, 3)),
                               ref.feature_map_mean) < 1e-4
    depth, flipped = model(normalized), model(normalized.flip(-1))
    assert relative_difference(depth, ref.depth) < 1e-5
    assert relative_difference(flipped, ref.depth_of_flipped) < 1e-5
    # A network that always says the same depth would come close as well.
    assert relative_difference(flipped, ref.depth) > 1e-2

    mm_to_spidepth.main([out, str(tmp_path / 'back'), '--config', sqldepth_config])
    assert_files(tmp_path / 'back', files)


@torch.no_grad()
def test_monodepth2_with_resnet18(files_of, load_reference, uniform, tmp_path, capsys):
    files, ref = files_of('full_monodepth2_resnet18'), load_reference('full_monodepth2_resnet18')
    out = str(tmp_path / 'out.pth')
    source = write_files(tmp_path / 'source', files)
    monodepth2_to_mm.main([source, out, '--config', MONODEPTH2])
    assert ('note: Kept aside, since no prediction depends on them: encoder.pth: '
            'encoder.fc.weight, encoder.pth: encoder.fc.bias, pose_encoder.pth: '
            'encoder.fc.weight, pose_encoder.pth: encoder.fc.bias, pose.pth: net.3.weight, '
            'pose.pth: net.3.bias.') in capsys.readouterr().out

    model = init_model(MONODEPTH2, out)
    image = _image((ref.cfg['height'], ref.cfg['width']), uniform, 'monodepth2_resnet18')
    normalized = model.data_preprocessor.normalize(image)
    scales = model.predict_scales(normalized)
    assert len(scales) == 4
    for scale, depth in enumerate(scales):
        assert relative_difference(depth, getattr(ref, f'depth{scale}')) < 1e-4
    assert torch.equal(model(normalized), scales[0])
    assert relative_difference(model(normalized.flip(-1)), ref.depth_of_flipped) < 1e-4
    axisangle, translation = model.pose_net(normalized, normalized.roll(3, -1))
    assert relative_difference(axisangle, ref.axisangle) < 1e-4
    assert relative_difference(translation, ref.translation) < 1e-4

    mm_to_monodepth2.main([out, str(tmp_path / 'back'), '--config', MONODEPTH2])
    assert_files(tmp_path / 'back', files)


def test_monodepth2_from_stereo_pairs_has_no_pose_net(files_of, tmp_path, capsys):
    files = {name: content for name, content in files_of('full_monodepth2_resnet18').items()
             if name in ('encoder', 'depth')}
    files['encoder']['use_stereo'] = True
    args = [write_files(tmp_path / 's', files), str(tmp_path / 'out.pth'), '--config']
    assert 'With --no-pose' in fails(capsys, monodepth2_to_mm.main, *args, MONODEPTH2)
    config = MONODEPTH2.replace('_m_', '_s_')
    monodepth2_to_mm.main([*args, config])
    assert init_model(config, args[1]).pose_net is None
    mm_to_monodepth2.main([args[1], str(tmp_path / 'back'), '--config', config])
    assert_files(tmp_path / 'back', files)


def test_a_pose_net_of_one_file_is_not_enough(files_of, tmp_path, capsys):
    files = files_of('full_monodepth2_resnet18')
    del files['pose_encoder']
    message = fails(capsys, monodepth2_to_mm.main, write_files(tmp_path / 's', files),
                     tmp_path / 'o.pth', '--config', MONODEPTH2)
    assert ('has no pose_encoder.pth. Expected a folder with encoder.pth, depth.pth, '
            'pose_encoder.pth and pose.pth.') in message


def test_every_misfit_of_monodepth2_is_listed(files_of, tmp_path, capsys):
    files = files_of('full_monodepth2_resnet18')
    del files['depth']['decoder.3.conv.conv.bias']
    files['depth']['decoder.14.conv.weight'] = torch.zeros(1)
    files['pose']['net.3.weight'] = torch.zeros(18, 256, 1, 1)
    files['encoder']['encoder.fc.extra'] = torch.zeros(1)
    message = fails(capsys, monodepth2_to_mm.main, write_files(tmp_path / 's', files),
                     tmp_path / 'o.pth', '--config', MONODEPTH2)
    assert '1 missing:\n    neck.blocks.1.conv2.conv.bias' in message
    assert 'depth.pth: decoder.14.conv.weight' in message
    assert 'encoder.pth: encoder.fc.extra' in message
    assert 'pose.pth: net.3.weight (18, 256, 1, 1), but pose_net.decoder.4.weight is' in message
    assert not (tmp_path / 'o.pth').exists()


def test_a_file_is_no_folder(tmp_path, capsys):
    torch.save({}, tmp_path / 'x.pth')
    assert 'x.pth is a file. Expected a folder with encoder.pth, depth.pth' in fails(
        capsys, monodepth2_to_mm.main, tmp_path / 'x.pth', tmp_path / 'o.pth', '--config',
        MONODEPTH2)


@pytest.mark.parametrize(('tool', 'config', 'classifiers'), [
    (mm_to_monodepth2, 'monodepth2/monodepth2_r18_synthetic.py',
     {'encoder': 'encoder.', 'pose_encoder': 'encoder.'}),
    (mm_to_spidepth, 'sqldepth/sqldepth_r18_synthetic.py', {'encoder': 'encoder.encoder.'})])
def test_weights_trained_here_get_zeros_for_what_nobody_uses(tool, config, classifiers, tmp_path):
    config = str(CONFIGS / config)
    model = init_model(config)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'ours.pth')
    tool.main([str(tmp_path / 'ours.pth'), str(tmp_path / 's'), '--config', config])
    for file, prefix in classifiers.items():
        content = torch.load(tmp_path / 's' / f'{file}.pth', weights_only=True)
        assert content[f'{prefix}fc.weight'].shape == (1000, 512)
        assert not content[f'{prefix}fc.weight'].any()
        assert content[f'{prefix}fc.bias'].shape == (1000, )
    if tool is mm_to_monodepth2:
        pose = torch.load(tmp_path / 's' / 'pose.pth', weights_only=True)
        assert torch.equal(pose['net.3.weight'][:6], model.pose_net.decoder[4].weight)
        assert pose['net.3.weight'].shape == (12, 256, 1, 1)
        assert not pose['net.3.bias'][6:].any()
    back = monodepth2_to_mm if tool is mm_to_monodepth2 else spidepth_to_mm
    back.main([str(tmp_path / 's'), str(tmp_path / 'b.pth'), '--config', config])
    state = torch.load(tmp_path / 'b.pth', weights_only=True)['state_dict']
    assert state.keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(state[name], value), name


def test_what_is_kept_aside_is_one_implementations(files_of, tmp_path):
    """What one format keeps aside does not get into another's files."""
    config = str(CONFIGS / 'sqldepth' / 'sqldepth_r18_synthetic.py')
    model = init_model(config)
    meta = {META_KEY: dict(format='Monodepth2', extras=EXTRAS, convolutions=[], unused=dict(
        encoder={'encoder.fc.weight': torch.ones(1)}))}
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'x.pth')
    mm_to_spidepth.main([str(tmp_path / 'x.pth'), str(tmp_path / 's'), '--config', config])
    content = torch.load(tmp_path / 's' / 'encoder.pth', weights_only=True)
    assert 'encoder.fc.weight' not in content
    assert not content['encoder.encoder.fc.weight'].any()


@pytest.mark.parametrize('name', ['full_sqldepth_resnet50', 'full_monodepth2_resnet18'])
def test_keys_are_torchvisions(name, reference_path):
    """The lists of keys, which the golden numbers came with, are what torchvision says."""
    models = pytest.importorskip('torchvision.models')
    keys = json.loads((reference_path / f'{name}_keys.json').read_text())['encoder']
    prefix = 'encoder.encoder.' if 'sqldepth' in name else 'encoder.'
    with torch.device('meta'):
        net = models.resnet50() if 'sqldepth' in name else models.resnet18()
    found = {key[len(prefix):]: shape for key, shape in keys.items() if key.startswith(prefix)}
    assert found == {key: list(value.shape) for key, value in net.state_dict().items()}


def test_a_fine_tuned_resnet_in_a_single_file(tmp_path):
    config = str(CONFIGS / 'sqldepth' / 'sqldepth_r18_synthetic.py')
    without_pose = ['--config', config, '--cfg-options', 'model.pose_net=None']
    model = init_model(config, cfg_options={'model.pose_net': None})
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'ours.pth')
    mm_to_spidepth.main([str(tmp_path / 'ours.pth'), str(tmp_path / 's'), *without_pose])
    encoder, depth = (torch.load(tmp_path / 's' / f'{name}.pth', weights_only=True)
                      for name in ('encoder', 'depth'))
    assert encoder['height'] == 96
    weights = {f'module.encoder.{k}': v for k, v in encoder.items() if torch.is_tensor(v)}
    weights.update({f'module.depth_decoder.{k}': v for k, v in depth.items()})
    torch.save(dict(model=weights, epoch=1), tmp_path / 'best.pt')
    spidepth_to_mm.main([str(tmp_path / 'best.pt'), str(tmp_path / 'o.pth'), *without_pose])
    back = init_model(config, str(tmp_path / 'o.pth'), cfg_options={'model.pose_net': None})
    for name, value in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], value), name
