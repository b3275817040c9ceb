"""Exported files compute what the model computes, or are not kept."""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from mmengine.config import Config
from tiny import HEIGHT, WIDTH, tiny_model

from spidepth_mm.apis import export, init_model
from spidepth_mm.apis.export import ExportError, check_difference, compare, export_model
from spidepth_mm.apis.export_formats import FORMATS, ExportOptions, load_onnx, write_onnx
from spidepth_mm.apis.export_model import example_images, prepare_export
from spidepth_mm.structures import DepthDataSample

SIZE = (HEIGHT, WIDTH)


@pytest.fixture
def config() -> Config:
    normalized = dict(type='DepthDataPreprocessor', mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))
    return Config(dict(model=tiny_model(data_preprocessor=normalized),
                       default_scope='spidepth_mm'))


@pytest.fixture
def checkpoint(config, tmp_path) -> str:
    torch.save(dict(state_dict=init_model(config).state_dict(), meta=dict(scale_type='stereo')),
               tmp_path / 'weights.pth')
    return str(tmp_path / 'weights.pth')


@pytest.fixture
def out(tmp_path):
    (tmp_path / 'exported').mkdir()
    return tmp_path / 'exported' / 'model'


@pytest.mark.parametrize('fmt, input_type', [
    ('onnx', 'float32'), ('onnx', 'uint8'), ('torchscript', 'float32'), ('torch_export', 'uint8')])
def test_files_give_what_predict_gives(fmt, input_type, config, checkpoint, out):
    """For a batch size that no exporter and no check has seen, through the pipeline's own way."""
    done = export_model(config, checkpoint, str(out), SIZE, fmt, input_type)
    assert done.difference <= 1e-5 * done.largest
    pixels = example_images(5, SIZE, 'uint8', seed=9)
    model = init_model(config, checkpoint)
    data = dict(inputs=[image[None] for image in pixels],
                data_samples=[DepthDataSample(metainfo=dict(ori_shape=SIZE)) for _ in pixels])
    samples = model.test_step(data)
    expected = np.stack([sample.pred_depth_map.data.numpy() for sample in samples])
    images = pixels.numpy() if input_type == 'uint8' else pixels.numpy().astype(np.float32) / 255
    actual = FORMATS[fmt][1](str(out))(images)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    assert expected.std(axis=(1, 2, 3)).min() > 1e-3  # not a constant that anything would match
    if fmt != 'onnx':
        assert _metadata(fmt, str(out)) == done.metadata
        assert done.metadata['scale_type'] == 'stereo'


def _metadata(fmt, path) -> dict:
    extra = {'metadata.json': ''}
    if fmt == 'torchscript':
        torch.jit.load(path, _extra_files=extra)
    else:
        with open(path, 'rb') as file:
            torch.export.load(file, extra_files=extra)
    return json.loads(extra['metadata.json'])


def test_onnx_says_what_it_is(config, checkpoint, out):
    done = export_model(config, checkpoint, str(out), SIZE)
    assert done.notes[0].startswith('opset 20, ')
    session = onnxruntime.InferenceSession(str(out), providers=['CPUExecutionProvider'])
    (image, ), (depth, ) = session.get_inputs(), session.get_outputs()
    assert (image.name, image.shape, image.type) == ('image', ['batch', 3, *SIZE], 'tensor(float)')
    assert (depth.name, depth.shape) == ('depth', ['batch', 1, *SIZE])
    meta = session.get_modelmeta()
    assert meta.producer_name == 'spidepth_mm'
    assert meta.custom_metadata_map == dict(
        spidepth_mm_version=done.metadata['spidepth_mm_version'], scale_type='stereo',
        input_height='32', input_width='64', input_layout='batch, channels RGB, height, width',
        input_range='0..1', min_depth='0.5', max_depth='30.0')


@pytest.mark.parametrize('opset', [17, 20])
def test_opset_and_simplification(opset, config, checkpoint, out):
    plain = export_model(config, checkpoint, str(out), SIZE, opset=opset, simplify=False)
    many = len(onnx.load(str(out)).graph.node)
    assert plain.notes == [f'opset {opset}, {many} nodes']
    export_model(config, checkpoint, str(out), SIZE, opset=opset)
    graph = onnx.load(str(out))
    assert len(graph.graph.node) < 0.6 * many
    assert [entry.version for entry in graph.opset_import if entry.domain == ''] == [opset]


def test_training_parts_are_left_out(config, checkpoint, out):
    export_model(config, checkpoint, str(out), SIZE, 'torchscript')
    names = [name for name, _ in torch.jit.load(str(out)).named_parameters()]
    assert names and not any('pose_net' in name for name in names)


def test_large_weights_lie_in_a_file_beside(config, checkpoint, out):
    """As those beyond protobuf's 2 GiB do; the pair can be moved together."""
    module, example = prepare_export(init_model(config, checkpoint), SIZE)
    lines = write_onnx(module, example, str(out), ExportOptions(inline_bytes=1000))
    assert 'not simplified' in lines[0]
    assert sorted(os.listdir(out.parent)) == ['model', 'model.data', 'model.raw']
    moved = out.parent.parent / 'moved'
    os.rename(out.parent, moved)
    difference, _ = compare(lambda x: module(torch.from_numpy(x)).detach().numpy(),
                            load_onnx(str(moved / 'model')), SIZE, 'float32')
    assert difference < 1e-4


def test_the_size_comes_from_the_config(config, checkpoint, out):
    config.test_dataloader = dict(dataset=dict(pipeline=[
        dict(type='LoadFrames'), dict(type='ResizeFrames', scale=(96, 64))]))
    assert export_model(config, checkpoint, str(out), verify=False).size == (64, 96)
    config.test_dataloader = None
    with pytest.raises(ValueError, match=r'has no ResizeFrames .* Give --shape H W'):
        export_model(config, checkpoint, str(out))


def test_a_wrong_file_is_not_kept(config, checkpoint, out, monkeypatch):
    write, load = FORMATS['onnx']

    def load_wrong(path):
        predict = load(path)
        return lambda images: predict(images) * 1.01

    monkeypatch.setitem(export.FORMATS, 'onnx', (write, load_wrong))
    out.write_text('what was there')
    with pytest.raises(ExportError, match=r'differs from PyTorch by up to .* No file was written'):
        export_model(config, checkpoint, str(out), SIZE)
    assert os.listdir(out.parent) == ['model']
    assert out.read_text() == 'what was there'
    assert export_model(config, checkpoint, str(out), SIZE, simplify=False,
                        tolerance=0.02).difference > 0.01


def test_what_is_no_number_is_a_difference():
    nothing = np.full((1, 1, 2, 2), np.nan, np.float32)
    difference, largest = compare(lambda x: np.ones_like(nothing), lambda x: nothing, (2, 2),
                                  'float32')
    assert difference == np.inf
    with pytest.raises(ExportError):
        check_difference(difference, largest, 1.)


@pytest.mark.parametrize('changes, message', [
    (dict(size=(33, 64)), r'Got images of 64x33 .* multiples of 32.*scale=\(64, 32\)'),
    (dict(size=(0, 64)), 'two positive numbers'),
    (dict(size=(512, 640)), 'expected at most max_tokens=500'),
    (dict(fmt='caffe'), "Unknown format 'caffe'. Valid formats are onnx, torchscript"),
    (dict(opset=11), 'opset 11 cannot be written. Valid opsets are 17 to 20'),
    (dict(input_type='bf16'), "Unknown input type 'bf16'"),
])
def test_impossible_wishes(changes, message, config, checkpoint, out):
    with pytest.raises(ValueError, match=message):
        export_model(config, checkpoint, str(out), **{'size': SIZE, **changes})
    assert os.listdir(out.parent) == []


def test_impossible_places(config, checkpoint, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'No such folder: .*absent'):
        export_model(config, checkpoint, str(tmp_path / 'absent' / 'x.onnx'), SIZE)
    with pytest.raises(IsADirectoryError, match='is a folder'):
        export_model(config, checkpoint, str(tmp_path), SIZE)


@pytest.mark.parametrize('package', ['onnx', 'onnxslim', 'onnxruntime'])
def test_a_missing_package(package, config, checkpoint, out, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"{package}.*pip install 'spidepth_mm\[export\]'"):
        export_model(config, checkpoint, str(out), SIZE)
    assert os.listdir(out.parent) == []


def test_flip_augmentation_stays_outside(config, checkpoint, out):
    config.model.test_cfg = dict(flip_tta=True)
    flipping = export_model(config, checkpoint, str(out), SIZE, simplify=False)
    assert flipping.difference < 1e-5 * flipping.largest
    images = example_images(1, SIZE, 'float32').numpy()
    with_flip = load_onnx(str(out))(images)
    config.model.test_cfg = dict(flip_tta=False)
    export_model(config, checkpoint, str(out), SIZE, simplify=False)
    np.testing.assert_array_equal(load_onnx(str(out))(images), with_flip)


def test_the_fused_kernel_is_back_afterwards(config, checkpoint, out):
    before = torch.backends.mha.get_fastpath_enabled()
    export_model(config, checkpoint, str(out), SIZE, verify=False)
    assert torch.backends.mha.get_fastpath_enabled() is before


