import numpy as np
import pytest
from miniatures import MAKE3D_NAMES, write_image, write_make3d
from scipy.io import loadmat, savemat

from spidepth_mm.datasets import (
    DatasetNotFoundError,
    Make3DDataset,
    MissingFramesError,
    UnreadableImageError,
)
from spidepth_mm.evaluation import evaluate_depth

PIPELINE = [
    dict(type='LoadFrames'),
    dict(type='CropFrames', top=0.3125, bottom=0.3125),
    dict(type='ResizeFrames', scale=(64, 32)),
    dict(type='LoadDepthMap'),
    dict(type='PackDepthInputs'),
]


def test_pictures_with_their_grids(tmp_path):
    write_make3d(tmp_path)
    (tmp_path / 'Test134' / '._img-10.jpg.txt').write_text('not a picture')
    dataset = Make3DDataset(str(tmp_path), test_mode=True, pipeline=PIPELINE)
    assert len(dataset) == len(MAKE3D_NAMES)
    sample = dataset[0]['data_samples']
    grid = loadmat(str(tmp_path / 'Gridlaserdata' / f'depth_sph_corr-{MAKE3D_NAMES[0]}.mat'))
    np.testing.assert_allclose(sample.gt_depth_map.data[0],
                               grid['Position3DGrid'][:, :, 3].astype(np.float32))
    assert sample.frame_offsets == []
    assert 'cam2img' not in sample


@pytest.mark.parametrize('size, rows', [((1704, 2272), 852), ((852, 1136), 426)])
def test_the_middle_of_the_picture_is_shown(tmp_path, size, rows):
    """C1: rows 710 to 1561 of 2272, where the 21 middle rows of the laser grid lie."""
    write_make3d(tmp_path, names=['a'])
    write_image(tmp_path / 'Test134' / 'img-a.jpg', size)
    dataset = Make3DDataset(str(tmp_path), pipeline=PIPELINE[:2])
    sample = dataset[0]
    assert sample['ori_shape'] == sample['img_shape'] == (rows, size[0])
    whole = Make3DDataset(str(tmp_path), pipeline=PIPELINE[:1])[0]['frames'][0]
    top = (size[1] - rows) // 2
    np.testing.assert_array_equal(sample['frames'][0], whole[top:top + rows])


def test_a_list_of_pictures(tmp_path, split_file):
    write_make3d(tmp_path)
    path = split_file([f'img-{MAKE3D_NAMES[2]}.jpg', MAKE3D_NAMES[0]])
    dataset = Make3DDataset(str(tmp_path), ann_file=path)
    assert [dataset.get_data_info(i)['depth_map_path'].split('corr-')[1] for i in (0, 1)] == [
        f'{MAKE3D_NAMES[2]}.mat', f'{MAKE3D_NAMES[0]}.mat']
    with pytest.raises(MissingFramesError, match='img-nobody'):
        Make3DDataset(str(tmp_path), ann_file=split_file(['nobody']), test_mode=True)


def test_missing_archive_and_wrong_level(tmp_path):
    root = write_make3d(tmp_path / 'data' / 'make3d')
    for given in (root.parent, root / 'Test134'):
        with pytest.raises(DatasetNotFoundError) as error:
            Make3DDataset(str(given))
        assert f'Test134 and Gridlaserdata lie in {str(root)!r}' in str(error.value)
    (root / 'Gridlaserdata').rename(tmp_path / 'elsewhere')
    with pytest.raises(DatasetNotFoundError, match='It lacks Gridlaserdata'):
        Make3DDataset(str(root))
    assert len(Make3DDataset(str(root), ground_truth=False)) == len(MAKE3D_NAMES)
    with pytest.raises(DatasetNotFoundError, match='no such folder'):
        Make3DDataset(str(tmp_path / 'none'))


def test_bad_grids(tmp_path):
    write_make3d(tmp_path, names=['a'])
    path = tmp_path / 'Gridlaserdata' / 'depth_sph_corr-a.mat'
    dataset = Make3DDataset(str(tmp_path), pipeline=PIPELINE, test_mode=True)
    content = path.read_bytes()
    for damaged in (content[:300], content[:len(content) // 2], b'text'):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableImageError, match=r'a.mat: truncated, or no MATLAB file'):
            dataset[0]
    savemat(str(path), dict(depthMap=np.zeros((2, 2))))
    with pytest.raises(UnreadableImageError, match='no Position3DGrid in it, only depthMap'):
        dataset[0]
    savemat(str(path), dict(Position3DGrid=np.zeros((55, 305))))
    with pytest.raises(UnreadableImageError, match=r'shape \(55, 305\), expected \(55, 305, 4\)'):
        dataset[0]


def test_refuses_unknown_values(tmp_path):
    write_make3d(tmp_path)
    with pytest.raises(ValueError, match=r"Unknown split 'train'. Valid splits are test."):
        Make3DDataset(str(tmp_path), split='train')
    with pytest.raises(ValueError, match=r'frame_offsets must be \(\), but got \(-1, 1\)'):
        Make3DDataset(str(tmp_path), frame_offsets=(-1, 1), lazy_init=True)


def test_a_perfect_prediction_of_what_is_shown_has_no_error(tmp_path):
    """Crop, laser grid and protocol mean the same rows, 17 to 37."""
    write_make3d(tmp_path, names=['a'], size=(1704, 2272))
    sample = Make3DDataset(str(tmp_path), pipeline=PIPELINE)[0]['data_samples']
    gt = sample.gt_depth_map.data[0].numpy()
    # The protocol's nearest neighbour takes the first pixel of a cell, rounded down.
    rows, cols = (np.minimum(np.ceil(np.arange(side) * cells / side), cells - 1).astype(int)
                  for side, cells in zip(sample.ori_shape, (21, 305)))
    perfect = gt[17:38][rows[:, None], cols]
    result = evaluate_depth(perfect, gt, 'make3d_c1', scaling='none')
    assert result['abs_rel'] == 0
    assert result['num_valid'] == np.count_nonzero(gt[17:38] < 70)
