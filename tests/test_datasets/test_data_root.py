"""Lists and links that lead out of the data."""

import shutil

import pytest

from spidepth_mm.datasets import (
    ImageSequenceDataset,
    KITTIDataset,
    KITTIOdometryDataset,
    Make3DDataset,
    OutsideDataRootError,
)
from spidepth_mm.datasets.data_root import DataRootGuard


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'data' / 'drive').mkdir(parents=True)
    (tmp_path / 'data' / 'drive' / '0.png').write_bytes(b'x')
    (tmp_path / 'private.png').write_bytes(b'x')
    return tmp_path / 'data'


def test_what_lies_inside(root):
    for links in ('none', 'folders', 'all'):
        guard = DataRootGuard([str(root)], links)
        guard.check(str(root / 'drive' / '0.png'))
        guard.check(str(root / 'drive' / 'absent.png'))
        guard.check(f'{root}/drive/../drive/0.png')
    DataRootGuard([str(root), str(root.parent / 'private.png')]).check(
        str(root.parent / 'private.png'))


@pytest.mark.parametrize('path', ['{root}/../private.png', '{root}/drive/../../private.png',
                                  '/etc/passwd', '{root}-other/0.png'])
@pytest.mark.parametrize('links', ['none', 'folders', 'all'])
def test_what_a_list_may_not_name(root, path, links):
    with pytest.raises(OutsideDataRootError, match='lies outside'):
        DataRootGuard([str(root)], links).check(path.format(root=root))


@pytest.mark.parametrize(('kind', 'allowed_with'), [
    ('file', ['all']), ('folder', ['folders', 'all']), ('inside', ['none', 'folders', 'all'])])
def test_links(root, kind, allowed_with):
    outside = root.parent / 'disk2'
    outside.mkdir()
    (outside / '1.png').write_bytes(b'x')
    if kind == 'file':
        (root / 'drive' / '1.png').symlink_to(root.parent / 'private.png')
    elif kind == 'folder':
        shutil.rmtree(root / 'drive')
        (root / 'drive').symlink_to(outside)
    else:
        (root / 'drive' / '1.png').symlink_to(root / 'drive' / '0.png')
    path = str(root / 'drive' / '1.png')
    for links in ('none', 'folders', 'all'):
        guard = DataRootGuard([str(root)], links)
        if links in allowed_with:
            guard.check(path)
            continue
        with pytest.raises(OutsideDataRootError, match=r'a link to .*set links_outside=') as error:
            guard.check(path)
        assert repr(allowed_with[0]) in str(error.value)


def test_a_link_to_a_file_in_a_linked_folder(root):
    """It may stay there, not lead on."""
    outside = root.parent / 'disk2'
    outside.mkdir()
    (outside / 'real.png').write_bytes(b'x')
    (outside / '1.png').symlink_to('real.png')
    (outside / '2.png').symlink_to(root.parent / 'private.png')
    (root / 'linked').symlink_to(outside)
    guard = DataRootGuard([str(root)], 'folders')
    guard.check(str(root / 'linked' / '1.png'))
    with pytest.raises(OutsideDataRootError, match=r'private\.png'):
        guard.check(str(root / 'linked' / '2.png'))


def test_the_root_may_be_a_link(root):
    link = root.parent / 'link'
    link.symlink_to(root)
    DataRootGuard([str(link)]).check(str(link / 'drive' / '0.png'))


def test_an_unknown_choice(root):
    with pytest.raises(ValueError, match="Unknown links_outside 'some'"):
        DataRootGuard([str(root)], 'some')


# Datasets ------------------------------------------------------------------------


@pytest.mark.parametrize('entry', ['../elsewhere/2011_09_26_drive_0001_sync', '/elsewhere/x',
                                   '2011_09_26/../../elsewhere'])
def test_a_split_with_a_way_out(kitti_raw, split_file, entry):
    with pytest.raises(ValueError, match=r'line 2: .* leads out of the data root'):
        KITTIDataset(kitti_raw(), ann_file=split_file(['# drives', f'{entry} 1 l']))


def test_a_list_of_sequences_with_a_way_out(kitti_odometry, split_file):
    with pytest.raises(ValueError, match='leads out of the data root'):
        KITTIOdometryDataset(str(kitti_odometry()), ann_file=split_file(['../../x 1 l']))


def test_a_list_of_pictures_with_a_way_out(tmp_path, image_writer, split_file):
    for folder in ('Test134', 'Gridlaserdata', 'Test134/img-'):
        (tmp_path / 'make3d' / folder).mkdir(parents=True, exist_ok=True)
    image_writer(tmp_path / 'private.png')
    with pytest.raises(OutsideDataRootError, match='may only name files in it'):
        Make3DDataset(str(tmp_path / 'make3d'), ground_truth=False,
                      ann_file=split_file(['/../../../private.png']))


def test_a_linked_image_is_refused_unless_allowed(tmp_path, image_writer):
    for index in range(3):
        image_writer(tmp_path / 'video' / f'{index}.png', seed=index)
    image_writer(tmp_path / 'private.png')
    (tmp_path / 'video' / '3.png').symlink_to(tmp_path / 'private.png')
    settings = dict(data_root=str(tmp_path / 'video'), fov_deg=60, frame_offsets=(-1, ))
    with pytest.raises(OutsideDataRootError, match=r"3\.png is.*links_outside='all'"):
        ImageSequenceDataset(**settings)
    assert len(ImageSequenceDataset(**settings, links_outside='all')) == 3


def test_drives_on_another_disk(kitti_raw, split_file, drive, tmp_path):
    root = kitti_raw()
    (tmp_path / 'disk2').mkdir()
    shutil.move(root / drive.date / drive.name, tmp_path / 'disk2' / drive.name)
    (root / drive.date / drive.name).symlink_to(tmp_path / 'disk2' / drive.name)
    settings = dict(data_root=str(root), ann_file=split_file([f'{drive.entry} 1 l']))
    with pytest.raises(OutsideDataRootError, match=r"links_outside='folders' in the dataset "
                       r'\(--cfg-options X_dataloader\.dataset\.links_outside=folders, X is train'):
        KITTIDataset(**settings)
    assert len(KITTIDataset(**settings, links_outside='folders')) == 1
