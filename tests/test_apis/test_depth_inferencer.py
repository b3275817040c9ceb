"""Depth for whatever a user points at."""

import copy
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from inference_model import (
    PIPELINE,
    inference_config,
    picture,
    write_checkpoint,
    write_pictures,
    write_video,
)
from mmengine.infer import BaseInferencer
from tiny import HEIGHT, WIDTH

from spidepth_mm.apis import DepthInferencer, depth_inferencer, init_model
from spidepth_mm.apis.input_images import Failure, InputError
from spidepth_mm.datasets.errors import UnreadableImageError
from spidepth_mm.datasets.transforms.geometric import resize_image
from spidepth_mm.registry import INFERENCERS
from spidepth_mm.structures import DepthDataSample


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp('weights') / 'tiny.pth')


@pytest.fixture(scope='module')
def inferencer(checkpoint):
    return DepthInferencer(checkpoint, device='cpu', show_progress=False)


def by_hand(checkpoint, bgr):
    """Depth of an image that has the model's own size times a whole number, or any other."""
    model = init_model(inference_config(), checkpoint)
    height, width = bgr.shape[:2]
    small = resize_image(np.ascontiguousarray(bgr[..., ::-1]), (WIDTH, HEIGHT))
    with torch.no_grad():
        depth = model(torch.tensor(small).permute(2, 0, 1)[None].float() / 255)
    return F.interpolate(depth, (height, width), mode='bilinear', align_corners=False)[0, 0].numpy()


def test_batch_norms_are_folded(inferencer, checkpoint):
    def norms(model):
        return [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]

    # test_any_size compares with the unfolded model's depth.
    assert norms(init_model(inference_config(), checkpoint)) and not norms(inferencer.model)


def test_it_is_one_of_mmengines(inferencer):
    assert isinstance(inferencer, BaseInferencer)
    assert INFERENCERS.get('DepthInferencer') is DepthInferencer


@pytest.mark.parametrize('size', [(48, 80), (32, 64), (200, 90), (1, 1), (1, 300), (7, 2)])
def test_any_size(inferencer, checkpoint, size):
    image = picture(*size)
    result = inferencer(image)
    prediction, = result['predictions']
    assert prediction['depth'].dtype == np.float32
    assert prediction['depth'].shape == size
    assert prediction['scale_type'] == 'stereo'
    np.testing.assert_allclose(prediction['depth'], by_hand(checkpoint, image), rtol=1e-5)
    assert result['visualization'][0].dtype == np.uint8
    assert result['failures'] == []


def test_the_depth_is_not_constant(inferencer):
    depth = inferencer(picture())['predictions'][0]['depth']
    assert depth.std() > 0.01 * depth.mean()


def test_a_file_is_its_array(inferencer, tmp_path):
    path, = write_pictures(tmp_path, 1)
    found = inferencer([path, picture()])['predictions']
    np.testing.assert_array_equal(found[0]['depth'], found[1]['depth'])
    assert (found[0]['img_path'], found[0]['name'], found[1]['img_path']) == (path, '0', '')


def test_batches_give_the_same(inferencer, tmp_path):
    folder = tmp_path / 'images'
    write_pictures(folder, 3)
    write_pictures(tmp_path / 'other', 1, height=60, width=50)
    inputs = [str(folder), str(tmp_path / 'other' / '*.png'),
              write_video(tmp_path / 'v.mp4', number=3)]
    one_by_one = inferencer(inputs)['predictions']
    assert [p['name'] for p in one_by_one] == ['0', '1', '2', '0_2', 'v/000000', 'v/000001',
                                               'v/000002']
    for batch_size in (2, 4, 100):
        batched = inferencer(inputs, batch_size=batch_size, return_vis=False)
        assert batched['visualization'] == []
        for one, other in zip(one_by_one, batched['predictions']):
            assert one['name'] == other['name']
            np.testing.assert_allclose(one['depth'], other['depth'], rtol=1e-4)


def test_data_samples(inferencer):
    sample, = inferencer(picture(), return_datasamples=True)['predictions']
    assert isinstance(sample, DepthDataSample)
    assert sample.pred_depth_map.data.shape == (1, 48, 80)


def test_draw_pred(inferencer):
    image = picture()
    np.testing.assert_array_equal(
        inferencer(image, draw_pred=False)['visualization'][0], image[..., ::-1])
    assert inferencer(image)['visualization'][0].shape[1] > 80


def test_show(inferencer, monkeypatch):
    shown = []
    monkeypatch.setattr(depth_inferencer, 'show_picture', lambda *args: shown.append(args))
    inferencer([picture()] * 2, show=True, wait_time=2., return_vis=False)
    assert [(name, wait) for name, _, wait in shown] == [('array', 2.), ('array_2', 2.)]


def test_a_crop_goes_back_to_its_place(tmp_path):
    """The model of a pipeline that crops says nothing of what was cropped."""
    crop = dict(type='CropFrames', top=10, bottom=6, left=16)
    path = write_checkpoint(tmp_path / 'x.pth', [PIPELINE[0], crop, *PIPELINE[1:]])
    depth = DepthInferencer(path, device='cpu', show_progress=False)(picture())[
        'predictions'][0]['depth']
    assert depth.shape == (48, 80)
    inside = np.zeros((48, 80), bool)
    inside[10:42, 16:] = True
    assert (depth[inside] > 0).all()
    assert (depth[~inside] == 0).all()
    np.testing.assert_allclose(
        depth[10:42, 16:], by_hand(path, np.ascontiguousarray(picture()[10:42, 16:])), rtol=1e-5)


def test_scale_is_the_checkpoints(tmp_path):
    for scale_type in ('unknown', 'metric'):
        path = write_checkpoint(tmp_path / 'x.pth', scale_type=scale_type)
        found = DepthInferencer(weights=path, device='cpu', show_progress=False)(picture())
        assert found['predictions'][0]['scale_type'] == scale_type


def test_random_weights_are_said():
    config = inference_config()
    before = copy.deepcopy(config.to_dict())
    with pytest.warns(UserWarning, match='The weights are random'):
        inferencer = DepthInferencer(config, device='cpu', show_progress=False)
    assert inferencer(picture())['predictions'][0]['depth'].shape == (48, 80)
    assert config.to_dict() == before


def test_trained_weights_are_not(checkpoint):
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        DepthInferencer(inference_config(), checkpoint, 'cpu')


def test_a_bad_input_stops_or_is_listed(inferencer, tmp_path):
    good = write_pictures(tmp_path, 2)
    bad = tmp_path / 'bad.png'
    bad.write_bytes(b'x')
    inputs = [good[0], str(bad), str(tmp_path / 'none.png'), good[1]]
    with pytest.raises(InputError, match=r'none\.png: no such file'):
        inferencer(inputs)
    with pytest.raises(UnreadableImageError, match=r'bad\.png: not an image'):
        inferencer(inputs[:2])
    for batch_size in (1, 3):
        result = inferencer(inputs, batch_size=batch_size, on_error='skip')
        assert [p['name'] for p in result['predictions']] == ['0', '1']
        assert [f['img_path'] for f in result['failures']] == inputs[1:3]
        assert result['failures'][0]['reason'] == 'not an image, or damaged'


def test_nan_is_no_depth(tmp_path):
    path = write_checkpoint(tmp_path / 'x.pth')
    content = torch.load(path, weights_only=True)
    next(iter(content['state_dict'].values())).fill_(float('nan'))
    torch.save(content, path)
    inferencer = DepthInferencer(path, device='cpu', show_progress=False)
    with pytest.raises(ValueError, match='3840 of 3840 predicted depths are NaN'):
        inferencer(picture())
    failures = inferencer([picture(), picture()], batch_size=2, on_error='skip')['failures']
    assert [f['img_path'] for f in failures] == ['array', 'array_2']


def test_images_of_a_batch_that_differ_in_size(tmp_path):
    """Without ResizeFrames in the pipeline they cannot be stacked."""
    path = write_checkpoint(tmp_path / 'x.pth', [PIPELINE[0], PIPELINE[-1]])
    inferencer = DepthInferencer(path, device='cpu', show_progress=False)
    images = [picture(32, 64), picture(64, 64), picture(30, 64)]
    results = list(inferencer.stream(images, batch_size=3))
    assert [getattr(result, 'depth', np.zeros(0)).shape for result in results] == [
        (32, 64), (64, 64), (0, )]
    assert isinstance(results[2], Failure)
    assert 'must be multiples of 32' in results[2].reason


def test_streaming_reads_one_batch_ahead_only(inferencer, monkeypatch):
    read = []

    def read_source(source):
        read.append(source.name)
        yield from original(source)

    original = depth_inferencer.read_source
    monkeypatch.setattr(depth_inferencer, 'read_source', read_source)
    results = inferencer.stream([picture()] * 6, batch_size=2)
    next(results)
    assert len(read) == 2


def test_files(inferencer, tmp_path):
    result = inferencer(picture(), out_dir=str(tmp_path / 'out'), save_png=True, save_npy=True,
                        save_ply=True, fov_deg=70.)
    files = result['predictions'][0]['files']
    assert sorted(files) == ['depth_npy', 'depth_png', 'ply', 'vis']
    np.testing.assert_array_equal(np.load(files['depth_npy']), result['predictions'][0]['depth'])
    assert (tmp_path / 'out' / 'predictions.json').is_file()


@pytest.mark.parametrize(('options', 'message'), [
    (dict(on_error='ignore'), "Unknown on_error 'ignore'"),
    (dict(batch_size=0), 'batch_size must be positive'),
    (dict(save_png=True, fov_deg=60), 'fov_deg, save_png need out_dir'),
    (dict(out_file='x'), 'unknown argument')])
def test_wrong_arguments(inferencer, options, message):
    with pytest.raises(ValueError, match=message):
        inferencer(picture(), **options)


def test_a_gpu_that_is_not_there(checkpoint, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(ValueError, match=r"no GPU for device='cuda:0'\. Use cpu"):
        DepthInferencer(checkpoint, device='cuda:0')


def test_configs_without_a_pipeline(checkpoint):
    config = inference_config()
    config.pop('test_dataloader')
    with pytest.raises(ValueError, match=r'no test_dataloader\.dataset\.pipeline'):
        DepthInferencer(config, checkpoint, 'cpu')
    config.val_dataloader = dict(dataset=dict(dataset=dict(pipeline=list(PIPELINE[:-1]))))
    with pytest.raises(ValueError, match="ends with 'LoadDepthMap', expected 'PackDepthInputs'"):
        DepthInferencer(config, checkpoint, 'cpu')
    config.val_dataloader.dataset.dataset.pipeline = list(PIPELINE)
    assert DepthInferencer(config, checkpoint, 'cpu') is not None


def test_list_models():
    assert DepthInferencer.list_models('synth')
    assert DepthInferencer.list_models('no such name') == []
