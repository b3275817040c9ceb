import numpy as np
import pytest
from miniatures import write_cityscapes

from spidepth_mm.datasets import CityscapesDataset, DatasetNotFoundError
from spidepth_mm.datasets.converters.cityscapes_tools import (
    check_cityscapes,
    convert_cityscapes_videos,
)

LOAD = [dict(type='LoadFrames'), dict(type='CropFrames', bottom=0.25),
        dict(type='ResizeFrames', scale=(64, 32)), dict(type='PackDepthInputs')]


@pytest.fixture
def root(tmp_path):
    write_cityscapes(tmp_path / 'cs', 'train', [('ulm', '000000', 0)], stills=False, right=True)
    return write_cityscapes(tmp_path / 'cs', 'test', [('bonn', '000000', 0), ('bonn', '000001', 0)],
                            videos=False)


def test_counts(root):
    train, test = check_cityscapes(str(root), 'train'), check_cityscapes(str(root), 'test')
    assert (train.cameras, train.frames, train.triplets) == (1, 30, 26)
    assert (test.cameras, test.stills, test.disparities) == (2, 2, 2)
    assert test.is_testable
    assert train.lines() == [
        'train: 1 of 2975 camera files, 0 annotated images, 1 disparity maps, 30 of 89250 video '
        'frames, 26 triplets (-2, 0, 2)']


def test_what_is_lacking(root):
    (root / 'leftImg8bit/test/bonn/bonn_000000_000019_leftImg8bit.png').unlink()
    (root / 'disparity/test/bonn/bonn_000001_000019_disparity.png').unlink()
    report = check_cityscapes(str(root), 'test')
    assert not report.is_testable
    assert report.lines()[1:] == ['  1 lack their image: bonn_000000_000019',
                                  '  1 lack their disparity: bonn_000001_000019',
                                  '  results on 2 of 1525 images are not comparable with '
                                  'published ones']
    with pytest.raises(ValueError, match="Unknown split 'all'"):
        check_cityscapes(str(root), 'all')


def test_wrong_level(root, tmp_path):
    for given in (root / 'camera', root / 'leftImg8bit_sequence' / 'train', root.parent):
        with pytest.raises(DatasetNotFoundError, match=f"lie in '{root}': set data_root to"):
            check_cityscapes(str(given), 'train')
        with pytest.raises(DatasetNotFoundError, match=f"lie in '{root}': set data_root to"):
            convert_cityscapes_videos(str(given), str(tmp_path / 'out'))
    with pytest.raises(DatasetNotFoundError, match='no such folder'):
        check_cityscapes(str(tmp_path / 'none'), 'test')


def test_copy_is_what_would_be_loaded(root, tmp_path):
    outcomes = convert_cityscapes_videos(str(root), str(tmp_path / 'out'), scale=(64, 32),
                                         image_format='png', right=True, progress=False)
    assert [outcome.status for outcome in outcomes] == ['done'] * 60
    kwargs = dict(split='train', frame_offsets=(-2, 2, 's'), ground_truth=None)
    plain = CityscapesDataset(str(root), pipeline=LOAD, **kwargs)
    cached = CityscapesDataset(str(tmp_path / 'out'), pipeline=[LOAD[0], LOAD[3]], **kwargs)
    assert len(cached) == len(plain) == 26
    ours, expected = cached[7], plain[7]
    np.testing.assert_array_equal(ours['inputs'], expected['inputs'])
    np.testing.assert_allclose(ours['data_samples'].cam2img, expected['data_samples'].cam2img)
    np.testing.assert_allclose(ours['data_samples'].source_from_target,
                               expected['data_samples'].source_from_target)


def test_copy_goes_on_and_keeps_its_settings(root, tmp_path):
    out = str(tmp_path / 'out')
    convert_cityscapes_videos(str(root), out, progress=False)
    again = convert_cityscapes_videos(str(root), out, progress=False)
    assert {outcome.status for outcome in again} == {'skipped'}
    with pytest.raises(ValueError, match=r'was made with crop_bottom 0.25'):
        convert_cityscapes_videos(str(root), out, crop_bottom=0.0, progress=False)


def test_bad_arguments(root, tmp_path):
    out = str(tmp_path / 'out')
    for arguments, message in (
            (dict(image_format='gif'), "Unknown format 'gif'. Valid formats are jpg, png"),
            (dict(scale=(0, 320)), 'scale must be a width and a height in pixels, but got'),
            (dict(crop_bottom=1.0), r'crop_bottom must lie in \[0, 1\), but got 1.0')):
        with pytest.raises(ValueError, match=message):
            convert_cityscapes_videos(str(root), out, **arguments)
    assert not (tmp_path / 'out').exists()
    with pytest.raises(ValueError, match='a folder of its own'):
        convert_cityscapes_videos(str(root), str(root))
    write_cityscapes(root, 'val', [('munster', '000000', 0)], videos=False)
    with pytest.raises(DatasetNotFoundError, match=r'unpack leftImg8bit_sequence_trainvaltest.zip'):
        convert_cityscapes_videos(str(root), out, splits=['val'])
    (root / 'camera').rename(tmp_path / 'elsewhere')
    with pytest.raises(DatasetNotFoundError, match=r'unpack camera_trainvaltest.zip'):
        convert_cityscapes_videos(str(root), out)
