"""Checkpoints that were made to run code, at every door that takes one."""

import sys
from functools import partial

import pytest
import torch
from hostile_pickle import Payload
from inference_model import inference_config, write_checkpoint, write_pictures
from mmengine.config import Config
from tiny import runner_config, tiny_model, write_odometry

from spidepth_mm.apis import DepthInferencer, init_model
from spidepth_mm.apis.demo_session import DemoSession, named_models
from spidepth_mm.utils.checkpoint import CheckpointError
from tools import infer
from tools import test as test_tool
from tools import train as train_tool
from tools.analysis_tools import eval_odometry
from tools.deployment import export_onnx
from tools.misc import publish_model
from tools.model_converters import (
    mm_to_monodepth2,
    mm_to_spidepth,
    monodepth2_to_mm,
    spidepth_to_mm,
    timm_to_mm,
)


@pytest.fixture
def trap(tmp_path):
    """A folder that is made by what the checkpoints hold, should it ever run."""
    path = tmp_path / 'trap'
    yield path
    assert not path.exists()


@pytest.fixture
def evil(tmp_path, trap):
    path = tmp_path / 'evil.pth'
    torch.save(dict(state_dict=dict(weight=Payload(trap)), meta={}), path)
    return str(path)


@pytest.fixture
def config(tmp_path):
    cfg = Config(runner_config(write_odometry(tmp_path / 'data', num_frames=4), tmp_path / 'run'))
    cfg.dump(tmp_path / 'config.py')
    return str(tmp_path / 'config.py')


@pytest.fixture
def answer(monkeypatch, capsys):
    """``answer(tool, *args)`` -> what a tool that stops says."""
    monkeypatch.setenv('LOCAL_RANK', '0')

    def call(tool, *args):
        monkeypatch.setattr(sys, 'argv', [tool.__name__, *map(str, args)])
        with pytest.raises(SystemExit) as stopped:
            tool.main()
        assert stopped.value.code == 1
        return capsys.readouterr().err

    return call


# Pickles ---------------------------------------------------------------------------

# {evil}: the file; {folder}: one in which each file is such a one; {image}, {config}: good ones.
TRAIN = (train_tool, '{config}', '--work-dir', '{work_dir}', '--no-validate')
COMMANDS = {
    'train --resume FILE': (*TRAIN, '--resume', '{evil}'),
    'train --resume': (*TRAIN, '--resume'),
    'load_from': (*TRAIN, '--cfg-options', 'load_from={evil}'),
    'init_cfg': (*TRAIN, '--cfg-options', 'model.backbone.init_cfg.type=Pretrained',
                 'model.backbone.init_cfg.checkpoint={evil}'),
    'test': (test_tool, '{config}', '{evil}', '--work-dir', '{work_dir}'),
    'infer --weights': (infer, '{image}', '--weights', '{evil}', '--out-dir', '{work_dir}'),
    'infer --model': (infer, '{image}', '--model', '{evil}', '--out-dir', '{work_dir}'),
    'infer both': (infer, '{image}', '--model', '{config}', '--weights', '{evil}', '--out-dir',
                   '{work_dir}', '--device', 'cpu'),
    'eval_odometry': (eval_odometry, '{config}', '{evil}', '--sequence', 'A', '--data-root',
                      '{data}'),
    'export_onnx': (export_onnx, '{config}', '{evil}', '{out}'),
    'publish_model': (publish_model, '{evil}', '{out}'),
    'spidepth_to_mm': (spidepth_to_mm, '{folder}', '{out}', '--config', '{config}'),
    'spidepth_to_mm, one file': (spidepth_to_mm, '{evil}', '{out}', '--config', '{config}'),
    'monodepth2_to_mm': (monodepth2_to_mm, '{folder}', '{out}', '--config', '{config}'),
    'timm_to_mm': (timm_to_mm, '{evil}', '{out}', '--arch', 'resnet18'),
    'timm_to_mm, bin': (timm_to_mm, '{folder}/pytorch_model.bin', '{out}', '--arch', 'resnet18'),
    'mm_to_spidepth': (mm_to_spidepth, '{evil}', '{out}', '--config', '{config}'),
    'mm_to_monodepth2': (mm_to_monodepth2, '{evil}', '{out}', '--config', '{config}'),
}


@pytest.fixture
def places(config, evil, tmp_path):
    """What the commands' arguments stand for."""
    (tmp_path / 'published').mkdir()
    for name in ('encoder.pth', 'depth.pth', 'pose.pth', 'pose_encoder.pth', 'pytorch_model.bin'):
        (tmp_path / 'published' / name).write_bytes((tmp_path / 'evil.pth').read_bytes())
    image, = write_pictures(tmp_path / 'in', 1)
    return dict(evil=evil, config=config, image=image, folder=tmp_path / 'published',
                out=tmp_path / 'out.pth', work_dir=tmp_path / 'run', data=tmp_path / 'data')


@pytest.mark.parametrize('command', COMMANDS)
def test_no_command_runs_what_a_checkpoint_holds(places, answer, command):
    tool, *args = COMMANDS[command]
    if command == 'train --resume':
        places['work_dir'].mkdir()
        (places['work_dir'] / 'last_checkpoint').write_text(places['evil'])
    said = answer(tool, *(arg.format(**places) for arg in args))
    assert 'error: Refused to load ' in said
    assert 'it holds pickled objects' in said
    named = 'published' if '{folder' in ''.join(args) else places['evil']
    assert str(named) in said
    assert 'Traceback' not in said
    assert not places['out'].exists()


@pytest.mark.parametrize('load', [
    lambda evil: init_model(Config(dict(model=tiny_model())), evil),
    lambda evil: DepthInferencer(inference_config(), evil, 'cpu'),
    lambda evil: DepthInferencer(evil, device='cpu'),
    lambda evil: DepthInferencer(weights=evil, device='cpu'),
    lambda evil: DemoSession(named_models([evil]), 'cpu').load(next(iter(named_models([evil]))))],
    ids=['init_model', 'weights', 'model', 'only weights', 'web demo'])
@pytest.mark.parametrize('environment', ['', '1'])
def test_no_function_does_either(evil, load, monkeypatch, environment):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', environment)
    with pytest.raises(CheckpointError, match=f'Refused to load {evil}'):
        load(evil)


@pytest.mark.parametrize('place', ['meta', 'optimizer', 'message_hub', 'random_state'])
def test_wherever_it_is_hidden(tmp_path, trap, place):
    path = write_checkpoint(tmp_path / 'x.pth')
    content = torch.load(path, weights_only=True)
    content[place] = dict(content.get(place, {}), more=Payload(trap))
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=f'Refused to load {path}'):
        DepthInferencer(path, device='cpu')


def test_the_trap_works(evil, tmp_path):
    made = tmp_path / 'made'
    torch.save(dict(state_dict=Payload(made)), tmp_path / 'other.pth')
    torch.load(tmp_path / 'other.pth', weights_only=False)
    assert made.exists()


# The config in a checkpoint ----------------------------------------------------------


def test_resuming_does_not_run_the_config_in_a_checkpoint(config, answer, tmp_path, trap):
    """mmengine runs ``meta['config']`` of what it resumes from, to compare GPU numbers."""
    torch.save(dict(state_dict={}, meta=dict(
        iter=1, epoch=0, config=f'import os\nos.mkdir({str(trap)!r})\n')), tmp_path / 'x.pth')
    said = answer(train_tool, config, '--resume', tmp_path / 'x.pth', '--no-validate',
                  '--work-dir', tmp_path / 'run')
    assert 'does not fit the model' in said


def with_call(cfg, name, trap):
    """Configs that name a function where a part of the model or of the pipeline is expected."""
    call = dict(type='os.mkdir', path=str(trap))
    pipeline = cfg.test_dataloader.dataset.pipeline
    if name == 'model':
        cfg.model = call
    elif name == 'backbone':
        cfg.model.backbone = call
    elif name == 'layer':
        cfg.model.neck = dict(type='ConvModule', in_channels=1, out_channels=1, kernel_size=1,
                              conv_cfg=call)
    elif name == 'loss':
        cfg.model.losses = [call]
    elif name == 'pipeline':
        pipeline.insert(1, call)
    elif name == 'inner transform':
        pipeline.insert(1, dict(type='RandomApply', transforms=[call]))
    elif name == 'collate_fn':
        cfg.test_dataloader.collate_fn = 'os.mkdir'
    elif name == 'scope':
        cfg.default_scope = 'trap_scope'
    elif name == 'other scope':
        cfg.model.backbone = dict(type='trap_scope.ConvNeXtV2')
    elif name == 'scope key':
        cfg.model.backbone._scope_ = 'trap_scope'
    elif name == 'other loader':
        cfg.model.backbone = dict(type='mmpretrain.TIMMBackbone', model_name='resnet18',
                                  checkpoint_path=str(trap))
    elif name == 'function of a package':
        cfg.model.backbone = dict(type='mmengine.load', file='x.pkl')
    return cfg


@pytest.fixture
def trap_scope(tmp_path, trap, monkeypatch):
    """A package whose import is the trap."""
    (tmp_path / 'trap_scope').mkdir()
    for name in ('__init__', 'registry'):
        (tmp_path / 'trap_scope' / f'{name}.py').write_text(
            f'import os\nos.makedirs({str(trap)!r}, exist_ok=True)\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ('trap_scope', 'trap_scope.registry'):
        sys.modules.pop(name, None)


REFUSED = ('model', 'backbone', 'layer', 'loss', 'pipeline', 'inner transform', 'scope',
           'other scope', 'other loader', 'function of a package')
WITHOUT_EFFECT = ('scope key', 'collate_fn')


@pytest.mark.parametrize('name', REFUSED + WITHOUT_EFFECT)
def test_its_own_config_can_name_registered_parts_only(tmp_path, trap, trap_scope, name):
    cfg = with_call(inference_config(), name, trap)
    path = write_checkpoint(tmp_path / 'x.pth', cfg=cfg.pretty_text)
    image, = write_pictures(tmp_path / 'in', 1)
    load = partial(DepthInferencer, weights=path, device='cpu', show_progress=False)
    if name in REFUSED:
        with pytest.raises(CheckpointError, match=rf'Refused the config in {path}: it asks for '
                           r"'(os\.mkdir|trap_scope.*|TIMMBackbone|mmengine\.load)'.*"
                           r"Give the config's file as model, if you trust it"):
            load()
    elif name == 'collate_fn':
        load()  # the function is not found, and not needed for one image
    else:
        load()(image)


def test_the_function_would_be_called(tmp_path):
    """It is the same with a config file, which is a program anyway."""
    made = tmp_path / 'made'
    with pytest.raises(Exception, match='NoneType'):
        init_model(with_call(inference_config(), 'model', made))
    assert made.exists()


def test_a_published_backbone_of_another_package_is_fine(tmp_path):
    cfg = inference_config()
    cfg.model.pose_net.backbone = dict(type='mmpretrain.ResNet', depth=18, in_channels=6)
    model = init_model(cfg)
    torch.save(dict(state_dict=model.state_dict(), meta=dict(cfg=cfg.pretty_text)),
               tmp_path / 'x.pth')
    found = DepthInferencer(weights=str(tmp_path / 'x.pth'), device='cpu')
    assert type(found.model.pose_net.backbone).__module__ == 'mmpretrain.models.backbones.resnet'
