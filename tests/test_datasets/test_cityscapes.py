import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from miniatures import CITYSCAPES_SIZE, cityscapes_disparity, write_cityscapes, write_image

from spidepth_mm.datasets import CityscapesDataset, DatasetNotFoundError, MissingFramesError
from spidepth_mm.evaluation import evaluate_depth

WIDTH, HEIGHT = CITYSCAPES_SIZE
SCALE = WIDTH / 2048
FX, U0, V0 = 2262.52 * SCALE, (1096.98 + 0.5) * SCALE - 0.5, (513.137 + 0.5) * SCALE - 0.5
TEST_PIPELINE = [
    dict(type='LoadFrames'),
    dict(type='CropFrames', bottom=0.25),
    dict(type='ResizeFrames', scale=(64, 32)),
    dict(type='LoadDepthMap'),
    dict(type='PackDepthInputs'),
]


def _names(info):
    return [Path(path).name for path in (info['img_path'], *info['source_paths'])]


def test_every_frame_with_both_neighbours_is_a_target(tmp_path):
    """26 of each snippet of 30; across snippets only where the numbers go on."""
    write_cityscapes(tmp_path, 'train', [('ulm', '000000', 0), ('ulm', '000001', 0)], stills=False)
    # One long sequence: its second snippet follows the first without a gap, the third after one.
    write_cityscapes(tmp_path, 'train', [('hanover', '000000', 100), ('hanover', '000000', 130),
                                         ('hanover', '000000', 200)], stills=False)
    dataset = CityscapesDataset(str(tmp_path), split='train', ground_truth=None)
    assert len(dataset) == 26 + 26 + 56 + 26
    first, last = dataset.get_data_info(0), dataset.get_data_info(len(dataset) - 1)
    assert _names(first) == [f'hanover_000000_{frame:06d}_leftImg8bit.png'
                             for frame in (102, 100, 104)]
    assert _names(last) == [f'ulm_000001_{frame:06d}_leftImg8bit.png' for frame in (27, 25, 29)]
    assert first['frame_offsets'] == [-2, 2]
    assert 'depth_map_path' not in first


def test_the_gap_of_one_frame_is_bridged(tmp_path):
    """The literature's 77,352 = 2,975 x 26 + 2: one pair of snippets has one frame between."""
    write_cityscapes(tmp_path, 'train', [('hamburg', '000000', 0), ('hamburg', '000000', 31)],
                     stills=False)
    dataset = CityscapesDataset(str(tmp_path), split='train', ground_truth=None)
    assert len(dataset) == 2 * 26 + 2


def test_intrinsics_are_those_of_the_snippet(tmp_path):
    write_cityscapes(tmp_path, 'train', [('hanover', '000000', 100), ('hanover', '000000', 130)],
                     stills=False)
    path = tmp_path / 'camera' / 'train' / 'hanover' / 'hanover_000000_000149_camera.json'
    camera = json.loads(path.read_text())
    camera['intrinsic']['fx'] = 1000.0
    path.write_text(json.dumps(camera))
    dataset = CityscapesDataset(str(tmp_path), split='train', ground_truth=None)
    focal = {_names(info)[0][15:21]: info['cam2img'][0, 0]
             for info in map(dataset.get_data_info, range(len(dataset)))}
    assert focal['000102'] == focal['000129'] == pytest.approx(FX)
    assert focal['000130'] == focal['000157'] == 1000.0
    assert dataset.get_data_info(0)['cam2img'][1, 2] == pytest.approx(V0)


def test_stereo_partner(tmp_path):
    write_cityscapes(tmp_path, 'train', [('ulm', '000000', 0)], right=True, num_frames=6)
    dataset = CityscapesDataset(str(tmp_path), split='train', frame_offsets=(-2, 2, 's'))
    info = dataset.get_data_info(0)
    assert len(dataset) == 2
    assert Path(info['source_paths'][2]).name == 'ulm_000000_000002_rightImg8bit.png'
    np.testing.assert_allclose(info['source_from_target'][:3, 3], [-0.209313, 0, 0])


def test_crop_keeps_the_intrinsics_right(tmp_path):
    """The bottom goes, so the principal point stays; the prediction is for what is left."""
    write_cityscapes(tmp_path, 'test', [('berlin', '000000', 0)], videos=False)
    dataset = CityscapesDataset(str(tmp_path), split='test', frame_offsets=(), test_mode=True,
                                pipeline=TEST_PIPELINE)
    sample = dataset[0]['data_samples']
    assert sample.ori_shape == (HEIGHT * 3 // 4, WIDTH)
    assert sample.img_shape == (32, 64)
    scale_x, scale_y = 64 / WIDTH, 32 / (HEIGHT * 0.75)
    np.testing.assert_allclose(
        sample.cam2img[:2, 2], [(U0 + 0.5) * scale_x - 0.5, (V0 + 0.5) * scale_y - 0.5])
    assert sample.cam2img[0, 0] == pytest.approx(FX * scale_x)


def test_ground_truth_is_depth_of_the_whole_image(tmp_path):
    write_cityscapes(tmp_path, 'test', [('berlin', '000000', 0)], videos=False)
    dataset = CityscapesDataset(str(tmp_path), split='test', frame_offsets=(), test_mode=True,
                                pipeline=TEST_PIPELINE)
    coded = cityscapes_disparity(CITYSCAPES_SIZE, 19).astype(np.float64)
    expected = np.zeros(coded.shape)
    some = coded > 1
    expected[some] = 0.209313 * FX / ((coded[some] - 1) / 256)
    depth = dataset[0]['data_samples'].gt_depth_map.data[0].numpy()
    assert depth.shape == (HEIGHT, WIDTH)
    np.testing.assert_allclose(depth, expected, rtol=1e-6)


def test_annotated_frames_may_come_from_the_videos(tmp_path):
    write_cityscapes(tmp_path, 'val', [('munster', '000000', 0), ('lindau', '000003', 0)],
                     stills=False)
    dataset = CityscapesDataset(str(tmp_path), split='val', frame_offsets=(-2, ), test_mode=True)
    assert [_names(dataset.get_data_info(index)) for index in (0, 1)] == [
        [f'{name}_{frame:06d}_leftImg8bit.png' for frame in (19, 17)]
        for name in ('lindau_000003', 'munster_000000')]


def test_a_list_of_frames(tmp_path, split_file):
    write_cityscapes(tmp_path / 'cs', 'train', [('ulm', '000002', 0)], stills=False, num_frames=8)
    write_cityscapes(tmp_path / 'cs', 'test', [('mainz', '000000', 0)], videos=False)
    path = split_file(['# theirs', 'ulm ulm_000002_000005', 'ulm_000002_000002'])
    dataset = CityscapesDataset(str(tmp_path / 'cs'), ann_file=path)
    assert [_names(dataset.get_data_info(i))[0][11:17] for i in (0, 1)] == ['000005', '000002']
    path = split_file(['mainz mainz_000000_000019'])
    dataset = CityscapesDataset(str(tmp_path / 'cs'), ann_file=path, frame_offsets=())
    assert '/leftImg8bit/test/mainz/' in dataset.get_data_info(0)['img_path']
    for line, message in (('ulm ulm_000002', 'line 1: got'), ('ulm aachen_000000_000001', 'line'),
                          ('paris paris_000000_000019', "the city 'paris', which is in none of")):
        with pytest.raises((ValueError, DatasetNotFoundError), match=message):
            CityscapesDataset(str(tmp_path / 'cs'), ann_file=split_file([line]))


def test_manydepth_ground_truth(tmp_path, split_file):
    snippets = [('mainz', '000000', 0), ('bonn', '000001', 0)]
    root = write_cityscapes(tmp_path / 'cs', 'test', snippets, videos=False, disparity=False)
    (tmp_path / 'gt_depths').mkdir()
    for index in range(2):
        np.save(tmp_path / 'gt_depths' / f'{index:03d}_depth.npy',
                np.full((HEIGHT, WIDTH), 10.0 + index))
    # The order of their list, which is not the alphabet's.
    kwargs = dict(data_root=str(root), frame_offsets=(), test_mode=True, pipeline=TEST_PIPELINE,
                  ground_truth='numpy', depth_root=str(tmp_path / 'gt_depths'))
    lines = ['mainz mainz_000000_000019', 'bonn bonn_000001_000019']
    dataset = CityscapesDataset(ann_file=split_file(lines), **kwargs)
    assert [float(dataset[i]['data_samples'].gt_depth_map.data.max()) for i in (0, 1)] == [10, 11]
    with pytest.raises(ValueError, match=r'has 2 files .* lists 1 images'):
        CityscapesDataset(ann_file=split_file(lines[:1]), **kwargs)


def test_missing_image_stops_a_test(tmp_path):
    write_cityscapes(tmp_path, 'test', [('bonn', '000000', 0), ('bonn', '000001', 0)],
                     videos=False)
    (tmp_path / 'leftImg8bit/test/bonn/bonn_000001_000019_leftImg8bit.png').unlink()
    with pytest.raises(MissingFramesError, match=r'bonn_000001_000019_leftImg8bit.png'):
        CityscapesDataset(str(tmp_path), split='test', frame_offsets=(), test_mode=True)


@pytest.mark.parametrize('split, offsets, removed, archive', [
    ('train', (-2, 2), 'leftImg8bit_sequence', 'leftImg8bit_sequence_trainvaltest.zip'),
    ('train', (-2, 2), 'camera', 'camera_trainvaltest.zip'),
    ('train', (-2, 2, 's'), 'rightImg8bit_sequence', 'rightImg8bit_sequence_trainvaltest.zip'),
    ('test', (), 'leftImg8bit', 'leftImg8bit_trainvaltest.zip'),
    ('test', (), 'disparity', 'disparity_trainvaltest.zip'),
])
def test_missing_archive(tmp_path, split, offsets, removed, archive):
    write_cityscapes(tmp_path, split, [('ulm', '000000', 0)], videos=split == 'train',
                     stills=split == 'test', num_frames=6)
    if (tmp_path / removed).exists():
        (tmp_path / removed).rename(tmp_path / 'elsewhere')
    with pytest.raises(DatasetNotFoundError) as error:
        CityscapesDataset(str(tmp_path), split=split, frame_offsets=offsets,
                          test_mode=split == 'test')
    assert f'unpack {archive} into' in str(error.value)


def test_one_city_without_cameras(tmp_path):
    write_cityscapes(tmp_path, 'train', [('ulm', '000000', 0), ('ulm', '000001', 0)],
                     stills=False, num_frames=6)
    (tmp_path / 'camera/train/ulm/ulm_000001_000005_camera.json').unlink()
    with pytest.raises(DatasetNotFoundError, match=r'No camera file for ulm_000001_000002 in'):
        CityscapesDataset(str(tmp_path), split='train')


def test_wrong_level(tmp_path):
    root = write_cityscapes(tmp_path / 'data' / 'cs', 'train', [('ulm', '000000', 0)],
                            num_frames=6)
    for given in (root.parent, root / 'leftImg8bit_sequence', root / 'leftImg8bit_sequence/train',
                  root / 'leftImg8bit_sequence/train/ulm'):
        with pytest.raises(DatasetNotFoundError) as error:
            CityscapesDataset(str(given), split='train')
        assert f'lie in {str(root)!r}: set data_root to that.' in str(error.value)
    with pytest.raises(DatasetNotFoundError, match='no such folder'):
        CityscapesDataset(str(tmp_path / 'none'), split='train')
    (tmp_path / 'a' / 'b' / 'c' / 'd').mkdir(parents=True)
    with pytest.raises(DatasetNotFoundError, match='has none of camera, leftImg8bit'):
        CityscapesDataset(str(tmp_path / 'a' / 'b' / 'c' / 'd'), split='train')


@pytest.mark.parametrize('text, message', [
    ('{"intrinsic": {"fx": 1', 'truncated, or no JSON'),
    ('{"intrinsic": {"fx": 1}, "extrinsic": {}}', r'camera without intrinsic\.u0'),
    ('[]', r'camera without intrinsic\.fx'),
])
def test_bad_camera_file(tmp_path, text, message):
    write_cityscapes(tmp_path, 'train', [('ulm', '000000', 0)], num_frames=6)
    (tmp_path / 'camera/train/ulm/ulm_000000_000005_camera.json').write_text(text)
    with pytest.raises(ValueError, match=message):
        CityscapesDataset(str(tmp_path), split='train')


@pytest.mark.parametrize('kwargs, message', [
    ({}, 'needs a split or an ann_file. Valid splits are train, val, test'),
    (dict(split='training'), r"Unknown split 'training'. Valid values are 'train', 'val', 'test'"),
    (dict(split='train', targets='some'), "Unknown targets 'some'. Valid values are 'all'"),
    (dict(split='train', ground_truth='sgm'), "Unknown ground_truth 'sgm'"),
    (dict(split='train', layout='sfm'), "Unknown layout 'sfm'. Valid values are 'auto'"),
    (dict(split='test', ground_truth='numpy'), 'and depth_root go together'),
    (dict(split='test', depth_root='d'), 'and depth_root go together'),
    (dict(split='test', ground_truth='numpy', depth_root='d'), 'give that list as ann_file'),
])
def test_refuses_unknown_values(kwargs, message):
    with pytest.raises(ValueError, match=message):
        CityscapesDataset('', **kwargs)


def test_disparity_does_not_fit_resized_images(tmp_path):
    write_cityscapes(tmp_path, 'test', [('bonn', '000000', 0)], videos=False)
    path = tmp_path / 'camera/test/bonn/bonn_000000_000019_camera.json'
    path.write_text(json.dumps(dict(json.loads(path.read_text()), resized=dict(width=64))))
    with pytest.raises(ValueError, match='is of resized images, but disparities are for the'):
        CityscapesDataset(str(tmp_path), split='test', frame_offsets=())
    assert CityscapesDataset(str(tmp_path), split='test', frame_offsets=(), ground_truth=None)


# Preprocessed strips ---------------------------------------------------------------


@pytest.fixture
def strips(tmp_path):
    """What SfMLearner writes of 2048x1024 frames resized to 128x64: 3 frames of 128x48."""
    root = tmp_path / 'strips'
    for frame in (2, 3):
        write_image(root / 'ulm' / f'ulm_000002_{frame:06d}.png', (3 * WIDTH, 48), frame)
        (root / 'ulm' / f'ulm_000002_{frame:06d}_cam.txt').write_text(
            f'{2262.52 * SCALE:f},0.,{1096.98 * SCALE:f},0.,{2265.3018 * SCALE:f},'
            f'{513.137 * SCALE:f},0.,0.,1.')
    (root / 'train.txt').write_text('ulm ulm_000002_000003\nulm ulm_000002_000002\n')
    return root


def test_strips_are_found_by_themselves(strips):
    dataset = CityscapesDataset(str(strips), split='train', frame_offsets=(2, -2),
                                pipeline=[dict(type='LoadFrames'), dict(type='PackDepthInputs')])
    assert len(dataset) == 2
    stored = cv2.imread(str(strips / 'ulm' / 'ulm_000002_000003.png'))[..., ::-1]
    parts = [stored[:, slot * WIDTH:(slot + 1) * WIDTH] for slot in (1, 2, 0)]
    packed = dataset[0]
    np.testing.assert_array_equal(packed['inputs'].numpy(),
                                  np.stack(parts).transpose(0, 3, 1, 2))
    assert packed['data_samples'].ori_shape == (48, WIDTH)
    assert packed['data_samples'].frame_offsets == [2, -2]


def test_strips_have_the_same_intrinsics_as_the_original(strips, tmp_path):
    """After crop and resize the official images have K as this project computes it."""
    pipeline = [dict(type='LoadFrames'), dict(type='CropFrames', bottom=0.25),
                dict(type='PackDepthInputs')]
    write_cityscapes(tmp_path / 'cs', 'train', [('ulm', '000002', 0)], num_frames=6)
    official = CityscapesDataset(str(tmp_path / 'cs'), split='train', pipeline=pipeline)
    preprocessed = CityscapesDataset(str(strips), split='train',
                                     pipeline=[pipeline[0], pipeline[2]])
    np.testing.assert_allclose(preprocessed[0]['data_samples'].cam2img,
                               official[0]['data_samples'].cam2img, atol=1e-4)


def test_bad_strips(strips, split_file):
    with pytest.raises(ValueError, match=r'hold the frames -2, 0 and 2, but .* has \[-1, 1\]'):
        CityscapesDataset(str(strips), split='train', frame_offsets=(-1, 1))
    with pytest.raises(ValueError, match='strips are for training'):
        CityscapesDataset(str(strips), split='test')
    with pytest.raises(DatasetNotFoundError, match=r'has no val.txt'):
        CityscapesDataset(str(strips), split='val')
    write_image(strips / 'ulm' / 'ulm_000002_000003.png', (3 * WIDTH + 1, 48))
    listed = split_file(['ulm ulm_000002_000003'])
    dataset = CityscapesDataset(str(strips), ann_file=listed, pipeline=[dict(type='LoadFrames')])
    with pytest.raises(ValueError, match='has a width that is a multiple of 3'):
        dataset[0]
    (strips / 'ulm' / 'ulm_000002_000002_cam.txt').write_text('1,2,3')
    with pytest.raises(ValueError, match='expected nine numbers'):
        CityscapesDataset(str(strips), ann_file=split_file(['ulm ulm_000002_000002']))
    (strips / 'ulm' / 'ulm_000002_000002_cam.txt').unlink()
    with pytest.raises(FileNotFoundError, match=r'No intrinsics .*000002_cam.txt'):
        CityscapesDataset(str(strips), ann_file=split_file(['ulm ulm_000002_000002']))


def test_a_perfect_prediction_of_what_is_shown_has_no_error(tmp_path):
    """Crop, ground truth and protocol mean the same pixels."""
    write_cityscapes(tmp_path, 'test', [('berlin', '000000', 0)], videos=False)
    dataset = CityscapesDataset(str(tmp_path), split='test', frame_offsets=(), test_mode=True,
                                pipeline=TEST_PIPELINE)
    sample = dataset[0]['data_samples']
    gt = sample.gt_depth_map.data[0].numpy()
    perfect = np.maximum(gt[:sample.ori_shape[0]], 1e-3)
    result = evaluate_depth(perfect, gt, 'cityscapes', scaling='none')
    assert result['abs_rel'] == 0
    assert result['num_valid'] > 0.5 * HEIGHT / 2 * WIDTH * 1664 / 2048
