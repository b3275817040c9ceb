import cv2
import numpy as np
import pytest
from miniatures import write_kitti
from mmengine.config import Config

from spidepth_mm.apis.predictions import evaluate_predictions, read_predictions
from spidepth_mm.datasets import KITTIDataset
from spidepth_mm.evaluation import evaluate_depth

DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'
PIPELINE = [dict(type='LoadFrames'), dict(type='ResizeFrames', scale=(64, 32)),
            dict(type='LoadDepthMap'), dict(type='PackDepthInputs')]


@pytest.fixture
def cfg(tmp_path):
    write_kitti(tmp_path / 'kitti', [(DRIVE, frame, 'l') for frame in range(3)])
    (tmp_path / 'list.txt').write_text(''.join(f'{DRIVE} {frame} l\n' for frame in (2, 0, 1)))
    dataset = dict(type='KITTIDataset', data_root=str(tmp_path / 'kitti'),
                   ann_file=str(tmp_path / 'list.txt'), frame_offsets=(), test_mode=True,
                   pipeline=PIPELINE)
    return Config(dict(test_dataloader=dict(dataset=dataset),
                       test_evaluator=dict(type='DepthMetric', protocol='kitti_eigen')))


def _ground_truth(cfg):
    dataset = KITTIDataset(**{key: value for key, value in cfg.test_dataloader.dataset.items()
                              if key != 'type'})
    return [dataset[index]['data_samples'].gt_depth_map.data[0].numpy() for index in range(3)]


@pytest.mark.parametrize('shape', [(3, 16, 32), (3, 1, 16, 32)])
def test_same_numbers_as_evaluate_depth(cfg, tmp_path, shape):
    maps = np.random.uniform(1, 80, shape).astype(np.float32)
    np.save(tmp_path / 'p.npy', maps)
    metrics, kinds = evaluate_predictions(cfg, str(tmp_path / 'p.npy'), progress=False)
    expected = [evaluate_depth(pred.reshape(16, 32), gt, 'kitti_eigen')
                for pred, gt in zip(maps, _ground_truth(cfg))]
    for name in ('abs_rel', 'rmse', 'a1'):
        assert metrics[name] == pytest.approx(np.mean([result[name] for result in expected]))
    assert metrics['num_images'] == 3
    assert kinds == ['']


def test_disparity_is_resized_as_disparity(cfg, tmp_path):
    """Monodepth2 resizes disparity to the image, then inverts."""

    disparity = np.random.uniform(0.01, 1, (3, 16, 32)).astype(np.float32)
    np.save(tmp_path / 'p.npy', disparity)
    metrics, _ = evaluate_predictions(cfg, str(tmp_path / 'p.npy'), 'disparity', progress=False)
    expected = []
    for small, gt in zip(disparity, _ground_truth(cfg)):
        depth = 1 / cv2.resize(small, gt.shape[::-1])
        expected.append(evaluate_depth(depth, gt, 'kitti_eigen')['abs_rel'])
    assert metrics['abs_rel'] == pytest.approx(np.mean(expected), rel=1e-5)


def test_another_length(cfg, tmp_path):
    np.save(tmp_path / 'p.npy', np.ones((2, 4, 4), np.float32))
    with pytest.raises(ValueError, match=r'p.npy has 2 maps, but the test set has 3 images. They'):
        evaluate_predictions(cfg, str(tmp_path / 'p.npy'), progress=False)


def test_bad_files(cfg, tmp_path):
    path = tmp_path / 'p.npy'
    with pytest.raises(FileNotFoundError, match='No prediction file'):
        read_predictions(str(path))
    np.save(path, np.ones((3, 4, 4, 2), np.float32))
    with pytest.raises(ValueError, match=r'expected floats of shape \(N, h, w\).* \(3, 4, 4, 2\)'):
        read_predictions(str(path))
    np.save(path, np.ones((3, 4, 4), np.float32))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match=r'p.npy: truncated, or no .npy array'):
        read_predictions(str(path))
    np.savez(tmp_path / 'p.npz', a=np.ones(3))
    with pytest.raises(ValueError, match='an archive of several'):
        read_predictions(str(tmp_path / 'p.npz'))
    with pytest.raises(ValueError, match=r"Unknown quantity 'log'. Valid quantities are depth"):
        evaluate_predictions(cfg, str(path), 'log')
